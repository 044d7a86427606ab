import type { GitHub } from './client.ts';
import type { Denial } from './denial.ts';
import { budgetOf, untilReset } from './limits.ts';
import { renamed } from './repository.ts';
import { pathOf, type Request } from './request.ts';

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
  what: Dispatch,
  signal: AbortSignal,
): Promise<DispatchOutcome> {
  const { repository, event, payload } = what;
  const request: Request = {
    attempt: `dispatch ${JSON.stringify(event)} to ${repository}`,
    repository,
    method: 'POST',
    path: `${pathOf(repository)}/dispatches`,
    body: { event_type: event, client_payload: payload },
  };
  const reply = await github.call(request, signal);
  if (reply.kind !== 'answer') return reply;
  if (reply.redirected && !github.renamed.has(repository)) {
    github.renamed.add(repository);
    github.log.warning(renamed(repository));
  }
  return { kind: 'accepted', budget: budgetOf(reply), wait: untilReset(reply, github.clock) };
}
