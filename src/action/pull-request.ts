import { context, getOctokit } from '@actions/github';

/** The longest wait for GitHub, ms. */
const PATIENCE = 30_000;
const VERSION = { 'x-github-api-version': '2022-11-28' };

/**
 * Writes a comment on the pull request of the event, or updates the one that begins with `mark`. This file is a chunk
 * of its own, imported after everything else: `@actions/github` reads the event file on import, and throws where that
 * file is broken. Returns a sentence about the result; throws the error of GitHub or the network.
 */
export async function comment(token: string, mark: string, body: string): Promise<string> {
  const { eventName, repo, payload } = context;
  const pull = payload.pull_request;
  if (eventName !== 'pull_request' || !pull) {
    return `No comment is written: the event is ${eventName || 'none'}, and no pull_request.`;
  }
  const from = pull.head?.repo?.full_name;
  if (from !== `${repo.owner}/${repo.repo}`) {
    return 'No comment is written: a pull request from a fork gets no token that may write one.';
  }
  const { rest, paginate } = getOctokit(token);
  const request = { headers: VERSION, request: { signal: AbortSignal.timeout(PATIENCE) } };
  const all = { ...repo, issue_number: pull.number, per_page: 100, ...request };
  const comments = await paginate(rest.issues.listComments, all);
  const ours = comments.find(one => one.body?.startsWith(mark));
  if (ours) {
    const { data } = await rest.issues.updateComment({ ...repo, comment_id: ours.id, body, ...request });
    return `The plan was updated in ${data.html_url}`;
  }
  const { data } = await rest.issues.createComment({ ...all, body });
  return `The plan was written to ${data.html_url}`;
}
