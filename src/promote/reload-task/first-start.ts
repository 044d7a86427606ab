import { instantOf, wallTime } from '../../base/time-zone.ts';
import type { Schedule } from './reload-task-shape.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
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
  const soon = now + MARGIN;
  const earliest = Math.max(wallTime(soon, timeZone), soon);
  const step = Math.min(every * MINUTE, DAY);
  let wall = Math.floor(earliest / DAY) * DAY + at * MINUTE;
  while (wall <= earliest) wall += step;
  return { wall: wallText(wall), instant: instantOf(wall, timeZone) };
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
