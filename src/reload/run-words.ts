import { formatDuration } from '../base/units.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { Result, Status } from '../qrs/execution-results.ts';
import type { ExecutionSession } from '../qrs/executions.ts';
import type { RunPlan } from './plan.ts';

/** A followed run, as progress lines describe it. */
export interface NamedRun {
  /** The task's name. */
  name: string;
  /** The usual time of its runs, ms; undefined where unknown. */
  usual: number | undefined;
}

interface Now {
  qrs: Pick<Qrs, 'clock' | 'ahead'>;
  /** The time since this run began to follow it, ms. */
  time: string;
  /** Its session has ended, and its record has not come yet. */
  gone: boolean;
}

const QUEUED: ReadonlySet<Status> = new Set(['Triggered', 'Queued', 'DistributionQueue']);
const ENDING: ReadonlySet<Status> = new Set(['AbortInitiated', 'Aborting']);

/** `Nightly Sales: started 12 min 5 s ago on sched-01, usually 58 min 0 s`. */
export function runWords({ name, usual }: NamedRun, session: ExecutionSession | undefined, now: Now): string {
  const usually = usual === undefined ? '' : `, usually ${formatDuration(usual)}`;
  if (now.gone) return `${name}: ended; waiting for its record for ${now.time}`;
  const on = session?.node ? ` on ${session.node}` : '';
  const status = session?.status;
  if (status === undefined) return `${name}: followed for ${now.time}${usually}`;
  if (QUEUED.has(status)) return `${name}: queued${on} for ${sinceStart(session, now)}${usually}`;
  if (ENDING.has(status)) return `${name}: being stopped${on}`;
  if (status === 'Retry') return `${name}: failed once, and is tried again${on}${usually}`;
  return `${name}: started ${sinceStart(session, now)} ago${on}${usually}`;
}

/** The run's time by the site's clock; where the site does not say when it began, since it is followed. */
function sinceStart(session: ExecutionSession | undefined, { qrs, time }: Now): string {
  const start = Date.parse(session?.startTime ?? '');
  // QRS writes a date of 1753 for a missing date (docs/qrs.md 1).
  if (Number.isNaN(start) || start < 0) return time;
  return formatDuration(Math.max(0, qrs.clock.now() + (qrs.ahead() ?? 0) - start));
}

/** The median time of earlier successful runs, or the time of the only one. Ms. Pure. */
export function usualDuration({ history, of }: Pick<RunPlan, 'history' | 'of'>): number | undefined {
  const last: Result | null | undefined = 'task' in of ? of.task.operational?.lastExecutionResult : undefined;
  const known = history.length > 0 || !last ? history : [last];
  const durations = known
    .filter(({ status }) => status === 'FinishedSuccess')
    .map(({ duration }) => duration)
    .sort((one, other) => one - other);
  return durations[Math.floor(durations.length / 2)];
}
