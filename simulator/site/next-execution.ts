import type { Task, Trigger } from './entities.ts';
import { noDate } from './entities.ts';
import type { Site } from './site.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** The most repeats to look at: a year of minutes. */
const most = 366 * 24 * 60;

/** When a schedule starts its task next, as QRS writes it; no date where it does not, or where the site hides it. */
export function nextOfTrigger(site: Site, trigger: Trigger): string {
  const { enabled, task, schemaPath, settings } = trigger;
  if (schemaPath !== 'SchemaEvent' || !enabled || !task.enabled || !site.switches.showsNextExecution) {
    return noDate;
  }
  const { startDate, timeZone, incrementDescription } = settings;
  const next = nextAfter(site.clock.now(), {
    start: String(startDate),
    zone: String(timeZone),
    step: stepOf(String(incrementDescription)),
    isLocal: site.switches.scheduleStart === 'local',
  });
  return next === undefined ? noDate : new Date(next).toISOString();
}

/** The earliest of all the task's schedules. */
export function nextOfTask(site: Site, operationalId: Task['operationalId']): string {
  const own = [...site.triggers.values()].filter(({ task }) => task.operationalId === operationalId);
  const dates = own.map(trigger => nextOfTrigger(site, trigger)).filter(date => date !== noDate);
  return dates.sort()[0] ?? noDate;
}

/** "minutes hours days weeks" (docs/qrs.md 5.6). */
function stepOf(description: string): number {
  const [minutes = 0, hours = 0, days = 0, weeks = 0] = description.split(' ').map(Number);
  return minutes * minute + hours * hour + (days + 7 * weeks) * day;
}

interface Repeat {
  start: string;
  zone: string;
  step: number;
  isLocal: boolean;
}

function nextAfter(now: number, { start, zone, step, isLocal }: Repeat): number | undefined {
  const written = Date.parse(start.endsWith('Z') ? start : `${start}Z`);
  const first = isLocal && !start.endsWith('Z') ? instantOf(written, zone) : written;
  if (first > now) return first;
  if (step === 0) return undefined;
  // Days are counted by the calendar of the zone, so that a change of its clocks does not move the time of day.
  const wall = wallOf(first, zone);
  for (let count = 1; count < most; count += 1) {
    const next = step % day === 0 ? instantOf(wall + count * step, zone) : first + count * step;
    if (next > now) return next;
  }
  return undefined;
}

/** What the clocks of the zone show at that instant, as if it were UTC. */
function wallOf(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  }).formatToParts(instant);
  const of = (type: string) => Number(parts.find(part => part.type === type)?.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute')) + (instant % minute);
}

function instantOf(wall: number, zone: string): number {
  const guess = wall - (wallOf(wall, zone) - wall);
  return wall - (wallOf(guess, zone) - guess);
}
