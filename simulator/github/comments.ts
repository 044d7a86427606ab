import { z } from 'zod';
import { repositoryOf } from './access.ts';
import { json, notFound } from './answers.ts';
import type { Call } from './call.ts';
import { account, retold } from './example.ts';
import type { Comment, Repository } from './hub.ts';

const bodySchema = z.looseObject({ body: z.string() });

/** Comments on a pull request, which GitHub has as those of an issue. */
export function listComments(call: Call) {
  const repository = repositoryOf(call, 'pull_requests', 'read');
  const issue = Number(call.segments.issue_number);
  const all = repository.comments.filter(comment => comment.issue === issue);
  const size = Math.min(100, Number(call.query.per_page ?? 30));
  const start = (Number(call.query.page ?? 1) - 1) * size;
  const shown = all.slice(start, start + size).map(comment => render(call, repository, comment));
  const answer = json(200, shown);
  if (start + size >= all.length) return answer;
  const next = `${call.base}${call.path}?per_page=${size}&page=${start / size + 2}`;
  return { ...answer, headers: { ...answer.headers, Link: `<${next}>; rel="next"` } };
}

export function createComment(call: Call) {
  const repository = repositoryOf(call, 'pull_requests', 'write');
  const { body } = bodySchema.parse(call.body.value());
  const comment: Comment = {
    id: repository.id * 1000 + repository.comments.length,
    issue: Number(call.segments.issue_number),
    login: call.caller.kind === 'token' ? call.caller.credential.login : 'nobody',
    body,
  };
  repository.comments.push(comment);
  return json(201, render(call, repository, comment));
}

export function updateComment(call: Call) {
  const repository = repositoryOf(call, 'pull_requests', 'write');
  const comment = repository.comments.find(({ id }) => id === Number(call.segments.comment_id));
  if (!comment) throw notFound();
  comment.body = bodySchema.parse(call.body.value()).body;
  return json(200, render(call, repository, comment));
}

function render(call: Call, { name }: Repository, { id, issue, login, body }: Comment) {
  const { operation, description, base } = call;
  // The example of a list is a list.
  const [shown] = [description.example(operation, operation.method === 'POST' ? 201 : 200)].flat();
  const example = retold(shown, { 'octocat/Hello-World': name, 'https://api.github.com': base });
  return {
    ...example,
    id,
    body,
    user: account(example.user, login),
    issue_url: `${base}/repos/${name}/issues/${issue}`,
    html_url: `https://github.com/${name}/pull/${issue}#issuecomment-${id}`,
  };
}
