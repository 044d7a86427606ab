import { repeatOf, type ScheduleEvent } from '../../qrs/reload-tasks/triggers.ts';
import type { Schedule } from './reload-task-shape.ts';
import { instantOf, isTimeZone, wallTime } from './time-zone.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A start this close might be past when the site stores the schedule. Ms. */
const MARGIN = 2 * MINUTE;

/** The first start of a schedule: by the clocks of its zone, and when that is. */
export interface Start {
  /** `2026-11-27T02:00:00.000`, without a zone. */
  wall: string;
  /** Ms since the epoch. */
  instant: number;
}

/**
 * The first start after now. A start in the past might start the task at once, so it is in the future whether the site
 * takes the date for a time of the zone or of UTC (docs/qrs.md 9). Pure.
 */
export function firstStart({ every, at, timeZone }: Schedule, now: number): Start {
  const earliest = earliestStart(now, timeZone);
  const step = Math.min(every * MINUTE, DAY);
  let wall = Math.floor(earliest / DAY) * DAY + at * MINUTE;
  while (wall <= earliest) wall += step;
  return { wall: wallText(wall), instant: instantOf(wall, timeZone) };
}

/** Past it for the clocks of the zone and for UTC. */
function earliestStart(now: number, timeZone: string): number {
  const soon = now + MARGIN;
  return Math.max(isTimeZone(timeZone) ? wallTime(soon, timeZone) : soon, soon);
}

/** The same schedule, beginning at its next start; undefined where that cannot be computed. Pure. */
export function fromNextStart(event: ScheduleEvent, now: number): ScheduleEvent | undefined {
  const zone = event.startDate.endsWith('Z') ? 'Z' : '';
  const wall = Date.parse(zone ? event.startDate : `${event.startDate}Z`);
  const earliest = earliestStart(now, event.timeZone);
  if (wall > earliest) return event;
  const step = repeatOf(event) * MINUTE;
  const next = wall + (Math.floor((earliest - wall) / step) + 1) * step;
  return Number.isFinite(next) ? { ...event, startDate: `${wallText(next)}${zone}` } : undefined;
}

/** A wall time as QRS takes it. Pure. */
export function wallText(wall: number): string {
  return new Date(wall).toISOString().slice(0, -1);
}

/** Whether the schedule has a start at that time of the clocks. Pure. */
export function isStart({ every, at }: Schedule, wall: number): boolean {
  const step = Math.min(every * MINUTE, DAY);
  return (wall - at * MINUTE) % step === 0;
}

/** Whether a site starts the task then because a change of the clocks skips the start before. Pure. */
export function isInGap({ every, at, timeZone }: Schedule, instant: number): boolean {
  const step = Math.min(every * MINUTE, DAY);
  const wall = wallTime(instant, timeZone);
  const start = wall - ((((wall - at * MINUTE) % step) + step) % step);
  return wall - start <= HOUR && wallTime(instantOf(start, timeZone), timeZone) !== start;
}
