import { isFinal, type Result } from '../qrs/execution-results.ts';
import type { Odd } from '../qrs/shape.ts';

/** How a followed run ended. `records`: of all its attempts, newest first, as far as known. */
export type RunEnd =
  | { how: 'final'; records: readonly Result[] }
  /** The session is gone, but no final record came within a minute; or QRS refuses to be asked. */
  | { how: 'unknown'; records: readonly Result[]; why: string }
  | { how: 'timeout' | 'cancelled'; records: readonly Result[] };

/** What is known of a followed run. */
interface RunSeen {
  session: string;
  /** When a look first showed that the session is gone, ms since the epoch. */
  gone: number | undefined;
  records: readonly Result[];
  /** The number of looks with an unusable record. */
  odd: number;
}

/** The longest time from the end of a session to its final record. Ms. */
const LATE = 60_000;
/** An unusable record may come from the middle of a write, so it gets three looks. */
const LOOKS = 3;

/** Judges a run by its records; undefined while its end is not known. */
export function judgeRun(
  run: RunSeen,
  found: readonly Result[],
  odd: readonly Odd[],
  now: number,
): RunEnd | undefined {
  run.records = found.filter(result => result.executionID === run.session);
  const unreadable = oddOf(odd, run.session);
  run.odd = unreadable ? run.odd + 1 : 0;
  return unreadable ? oddEnd(run, unreadable) : judge(run, now);
}

/** The unusable record of the run, if there is one. Only records of followed runs were requested. */
export function oddOf(odd: readonly Odd[], run: string): Odd | undefined {
  return odd.find(({ session }) => session === undefined || session === run);
}

function oddEnd({ odd, records }: RunSeen, record: Odd): RunEnd | undefined {
  return odd < LOOKS ? undefined : { how: 'unknown', records, why: unreadableRecord(record) };
}

/** Why a record shows nothing about the run. */
export function unreadableRecord({ id, problem }: Odd): string {
  return `its session is gone, and its record${id === undefined ? '' : ` ${id}`} cannot be used: ${problem}`;
}

/** The end of a run whose session is gone; undefined while its final record may still come. */
function judge({ records, gone = 0 }: RunSeen, now: number): RunEnd | undefined {
  const [newest] = records;
  if (newest && isFinal(newest.status)) return { how: 'final', records };
  if (now - gone < LATE) return undefined;
  if (newest?.status === 'NeverStarted') return { how: 'final', records };
  const last = newest ? `the last that QRS showed of it is ${newest.status}` : 'QRS has no record of it';
  return { how: 'unknown', records, why: `its session is gone, and ${last}` };
}
