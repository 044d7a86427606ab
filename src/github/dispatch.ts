import { ask } from './ask.ts';
import type { GitHub, Question } from './connect.ts';
import { budgetOf, usedUpUntil } from './limits.ts';
import { pathOf, tellRenamed } from './repository.ts';

/** A `repository_dispatch` event. */
export interface Dispatch {
  /** owner/name */
  repository: string;
  event: string;
  payload: Readonly<Record<string, unknown>>;
}

export type DispatchOutcome =
  /** `budget`: calls that are left in this hour; `until`: there is none before. That a workflow runs is not promised (docs/github.md 2). */
  | { kind: 'accepted'; budget: number | undefined; until?: number }
  /** Nothing happened. `until`: ms since the epoch, of our clock. */
  | { kind: 'limited'; until: number; words: string; budget?: number }
  /** Nothing happened, and nothing will by trying again. */
  | { kind: 'refused'; fault: 'credential' | 'repository' | 'event'; status: number; words: string }
  /** It may have been accepted. */
  | { kind: 'unclear'; words: string }
  /** Surely not accepted; worth another try. */
  | { kind: 'unreachable'; words: string };

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
  const question: Question = {
    attempt: `dispatch ${JSON.stringify(event)} to ${repository}`,
    repository,
    purpose: 'dispatch',
    method: 'POST',
    url: `${pathOf(repository)}/dispatches`,
    body: { event_type: event, client_payload: payload },
  };
  const reply = await ask(github, question, signal);
  if (reply.kind !== 'answer') return reply;
  await tellRenamed(github, repository, reply, signal);
  const until = usedUpUntil(reply, github.clock);
  return { kind: 'accepted', budget: budgetOf(reply), ...(until === undefined ? {} : { until }) };
}
