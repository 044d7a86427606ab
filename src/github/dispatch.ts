import type { GitHub } from './client.ts';
import type { Denial } from './denial.ts';
import { budgetOf, untilReset } from './limits.ts';
import { pathOf } from './request.ts';

/** A `repository_dispatch` event. */
export interface Dispatch {
  /** owner/name */
  repository: string;
  event: string;
  payload: Readonly<Record<string, unknown>>;
}

export type DispatchOutcome =
  /**
   * GitHub accepted the event; that does not mean that a workflow runs (docs/github.md 2). `budget`: the calls left in
   * this hour. `wait`: if none is left, the time until the next hour begins, ms.
   */
  { kind: 'accepted'; budget: number | undefined; wait: number | undefined } | Denial;

/**
 * Sends one event to GitHub. Failures of GitHub and of the network are outcomes; throws StoppedError when the signal
 * aborts. Repeats a call only if the App's token was too old or too new.
 */
export async function dispatch(
  github: GitHub,
  { repository, event, payload }: Dispatch,
  signal: AbortSignal,
): Promise<DispatchOutcome> {
  const reply = await github.call(
    {
      attempt: `dispatch ${JSON.stringify(event)} to ${repository}`,
      repository,
      method: 'POST',
      path: `${pathOf(repository)}/dispatches`,
      body: { event_type: event, client_payload: payload },
    },
    signal,
  );
  if (reply.kind !== 'answer') return reply;
  if (reply.redirected && !github.renamed.has(repository)) {
    github.renamed.add(repository);
    github.log.warning(renamed(repository));
  }
  return { kind: 'accepted', budget: budgetOf(reply), wait: untilReset(reply, github.clock) };
}

/** GitHub redirects from a repository's old name for a while. */
export function renamed(repository: string, name?: string): string {
  const to = name === undefined ? '' : ` to ${name}`;
  return (
    `The repository ${repository} was renamed${to}. GitHub forwards dispatches until somebody takes the old name: ` +
    `write the new one in the configuration${name === undefined ? '; "check" shows it' : ''}.`
  );
}
