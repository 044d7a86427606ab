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
   * That a workflow runs is not promised (docs/github.md 2). `budget`: calls that are left in this hour; `wait`: when
   * there is none left, how long until there are, ms.
   */
  { kind: 'accepted'; budget: number | undefined; wait: number | undefined } | Denial;

/**
 * Asks GitHub for one event. Whatever GitHub or the network does is an outcome; StoppedError when the signal
 * aborts. Nothing is tried again, except a call that an App's token was too old or too new for.
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

/** GitHub forwards an old name for a while. */
export function renamed(repository: string, name?: string): string {
  const to = name === undefined ? '' : ` to ${name}`;
  return (
    `The repository ${repository} was renamed${to}. GitHub forwards dispatches until somebody takes the old name: ` +
    `write the new one in the configuration${name === undefined ? '; "check" shows it' : ''}.`
  );
}
