import { messageOf, type RemoteError } from '../../base/errors.ts';
import type { Subscription } from '../config/settings.ts';
import type { Tries } from '../loop.ts';
import type { Relay } from '../relay.ts';
import type { Handing } from './subscribe.ts';

/** One subscription, which is renewed when it is due. */
export interface WatchState extends Tries {
  subscription: Subscription;
  /** Grows with everything that was missed; 0: nothing is. */
  gap: number;
  handing: Handing;
  /** The site answers for others, and not for this one. */
  alone: boolean;
  /** What the site refuses of it, as the log has said. */
  troubles: Map<Call, string>;
}

/** What a site is asked for a subscription, and what the log says of it when the site refuses. */
const CALLS = { renewal: 'is not kept', question: 'cannot be caught up with' } as const;
type Call = keyof typeof CALLS;

/** Logs and stores what the site refuses of a subscription, each change of it once; no error: it refuses nothing. */
export async function trouble(
  { log, store, redact }: Relay,
  site: string,
  { subscription: { name }, troubles }: WatchState,
  call: Call,
  error: RemoteError | undefined,
) {
  const words = error && redact(messageOf(error));
  if (troubles.get(call) === words) return;
  if (words === undefined) troubles.delete(call);
  else troubles.set(call, words);
  if (words === undefined) log.info(`Subscription "${name}" of site "${site}" works again.`);
  else log.warning(`Subscription "${name}" ${CALLS[call]}: ${words}`);
  await store.trouble(name, [...troubles.values()].join(' ') || undefined);
}
