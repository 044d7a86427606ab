import { isFinal, type Result } from '../qrs/execution-results.ts';
import type { Odd } from '../qrs/shape.ts';

/** How following a run ended. `records`: of all its attempts, newest first, as far as known. */
export type Ended =
  | { how: 'final'; records: readonly Result[] }
  /** The session is gone, but no final record came within a minute; or QRS refuses to be asked. */
  | { how: 'unknown'; records: readonly Result[]; why: string }
  | { how: 'timeout' | 'cancelled'; records: readonly Result[] };

/** What is known of a run that is followed. */
interface RunSeen {
  session: string;
  /** When the session was first seen to be gone, ms since the epoch. */
  gone: number | undefined;
  records: readonly Result[];
  /** In how many looks one of its records could not be used. */
  odd: number;
}

/** How long after its session a run's final record may come. Ms. */
const LATE = 60_000;
/** A record that cannot be used may be from the middle of a write, so it is looked at three times. */
const LOOKS = 3;

/** Looks at a run's records; undefined while it is not known how it ended. */
export function judgeRun(
  run: RunSeen,
  found: readonly Result[],
  odd: readonly Odd[],
  now: number,
): Ended | undefined {
  run.records = found.filter(result => result.executionID === run.session);
  const unreadable = oddOf(odd, run.session);
  run.odd = unreadable ? run.odd + 1 : 0;
  return unreadable ? oddEnd(run, unreadable) : judge(run, now);
}

/** The record of a run that cannot be used. Only those of runs that are waited for were asked for. */
export function oddOf(odd: readonly Odd[], run: string): Odd | undefined {
  return odd.find(({ session }) => session === undefined || session === run);
}

function oddEnd({ odd, records }: RunSeen, record: Odd): Ended | undefined {
  return odd < LOOKS ? undefined : { how: 'unknown', records, why: unreadableRecord(record) };
}

/** Why a record shows nothing about the run. */
export function unreadableRecord({ id, problem }: Odd): string {
  return `its session is gone, and its record${id === undefined ? '' : ` ${id}`} cannot be used: ${problem}`;
}

/** What a run whose session is gone has come to; undefined while its final record may still come. */
function judge({ records, gone = 0 }: RunSeen, now: number): Ended | undefined {
  const [newest] = records;
  if (newest && isFinal(newest.status)) return { how: 'final', records };
  if (now - gone < LATE) return undefined;
  if (newest?.status === 'NeverStarted') return { how: 'final', records };
  const last = newest ? `the last that QRS showed of it is ${newest.status}` : 'QRS has no record of it';
  return { how: 'unknown', records, why: `its session is gone, and ${last}` };
}
