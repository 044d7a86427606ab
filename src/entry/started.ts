import type { Environment } from '../base/environment.ts';
import type { Report } from '../base/report.ts';
import type { StartedBy } from '../promote/credit.ts';

/** The run's number, its page and who started it, from the environment of the CI system. */
export function startedIn(environment: Environment): StartedBy {
  const read = (name: string) => environment[name] || undefined;
  if (read('GITHUB_RUN_ID')) return onGitHub(read);
  if (read('TF_BUILD')) return onAzureDevOps(read);
  if (read('GITLAB_CI')) {
    return { id: read('CI_PIPELINE_ID'), url: read('CI_PIPELINE_URL'), actor: read('GITLAB_USER_LOGIN') };
  }
  return { id: read('BUILD_NUMBER'), url: read('BUILD_URL'), actor: read('BUILD_USER_ID') };
}

type Read = (name: string) => string | undefined;

function onGitHub(read: Read): StartedBy {
  const id = read('GITHUB_RUN_ID');
  const [server, repository] = [read('GITHUB_SERVER_URL'), read('GITHUB_REPOSITORY')];
  const url = server && repository ? `${server}/${repository}/actions/runs/${id}` : undefined;
  // The actor of a dispatch is the owner of the relay's token, who did not ask for this run.
  const byEvent = read('GITHUB_EVENT_NAME') === 'repository_dispatch';
  return { id, url, actor: byEvent ? undefined : (read('GITHUB_TRIGGERING_ACTOR') ?? read('GITHUB_ACTOR')) };
}

function onAzureDevOps(read: Read): StartedBy {
  const [id, project, collection] = ['BUILD_BUILDID', 'SYSTEM_TEAMPROJECT', 'SYSTEM_COLLECTIONURI'].map(read);
  const at = collection && project && id ? `${collection}${encodeURIComponent(project)}` : undefined;
  return {
    id,
    url: at && `${at}/_build/results?buildId=${id}`,
    actor: read('BUILD_REQUESTEDFOR'),
  };
}

/** Increases when a key of `result` is renamed, removed or changes its meaning (docs/upgrading.md). */
const RESULT_VERSION = 1;

/** A report whose result names its version and its run. */
export function signed(report: Report, { id, url, actor }: Partial<StartedBy>): Report {
  const run = Object.fromEntries(
    Object.entries({ id, url, actor }).filter(([, value]) => value !== undefined),
  );
  return { ...report, result: { ...report.result, version: RESULT_VERSION, run } };
}
