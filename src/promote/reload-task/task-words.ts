import type { ReloadTaskOptions, Schedule } from './reload-task-shape.ts';

const HOUR = 60;
const DAY = 24 * HOUR;

/** When a task starts: `daily at 02:00 Europe/Berlin, and after "Load QVDs" succeeded`. Pure. */
export function startWords({ schedule, after = [], enabled }: ReloadTaskOptions): string {
  const starts = [
    ...(schedule ? [scheduleWords(schedule)] : []),
    ...(after.length > 0 ? [chainWords(after)] : []),
  ];
  const when = starts.length > 0 ? starts.join(', and ') : 'started by hand';
  return enabled === false ? `${when}, disabled` : when;
}

/** Pure. */
export function scheduleWords({ every, at, timeZone }: Schedule): string {
  const clock = `${String(Math.floor(at / HOUR)).padStart(2, '0')}:${String(at % HOUR).padStart(2, '0')}`;
  if (every % DAY === 0)
    return `${every === DAY ? 'daily' : `every ${every / DAY} days`} at ${clock} ${timeZone}`;
  return `${repeatWords(every)} from ${clock} ${timeZone}`;
}

function repeatWords(every: number): string {
  if (every === HOUR) return 'hourly';
  const hours = Math.floor(every / HOUR);
  const minutes = every % HOUR;
  return ['every', ...(hours > 0 ? [`${hours} h`] : []), ...(minutes > 0 ? [`${minutes} min`] : [])].join(
    ' ',
  );
}

/** Pure. */
export function chainWords(after: readonly string[]): string {
  const names = after.map(name => `"${name}"`);
  const all = names.length === 1 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `after ${all} succeeded`;
}
