import { RemoteError } from '../base/errors.ts';
import type { Qrs } from './connection.ts';

/** Pauses before looking again, ms: the repository may lag behind its own answers (docs/qrs.md 4.2). */
const PAUSES = [500, 1000, 2000];

/** Looks until the site no longer shows what it said it had deleted. Throws RemoteError where it goes on showing it. */
export async function lookUntilGone(
  qrs: Qrs,
  attempt: string,
  look: () => Promise<object | undefined>,
): Promise<void> {
  for (const pause of PAUSES) {
    if (!(await look())) return;
    await qrs.clock.sleep(pause, qrs.signal);
  }
  if (!(await look())) return;
  throw new RemoteError({
    site: qrs.site.name,
    attempt,
    answer: 'it answered that this was done, and still shows it',
    failed: true,
    mayBeDone: true,
    final: true,
  });
}
