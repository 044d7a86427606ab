import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { readWorkingName } from './working-copy.ts';

/** How long the giver of a replace whose end is not known stays: the site may still be reading it. Ms. */
const GIVER_STAYS = 24 * 3_600_000;

/** What is known when a working copy of another run is looked at. */
export interface Look {
  /** The site's own time, ms since the epoch. */
  now: number;
  /** A working copy without a sign of life for so long is nobody's. Ms. */
  leftoverAge: number;
  /** The apps of which a reload is under way, by id. */
  reloading: ReadonlySet<string>;
}

/** When the copy last showed that somebody works on it, ms since the epoch: it was created or modified. */
export function lastSign({ createdDate, modifiedDate }: App): number {
  const dates = [createdDate, modifiedDate].map(date => Date.parse(date)).filter(date => !Number.isNaN(date));
  // Without a date nothing shows that it is old.
  return dates.length > 0 ? Math.max(...dates) : Number.POSITIVE_INFINITY;
}

/**
 * Whether a working copy is certainly nobody's any more, so that whoever meets it may remove it. Decide by a
 * reading made right before the removal: a copy of the survey may be a live app by now. Pure.
 */
export function isNobodys(copy: App, { now, leftoverAge, reloading }: Look): boolean {
  const named = readWorkingName(copy.name);
  if (copy.published || !named || reloading.has(copy.id)) return false;
  const age = now - lastSign(copy);
  return age >= (named.giver ? Math.max(leftoverAge, GIVER_STAYS) : leftoverAge);
}

/** The time by the site's own clock, as its answers tell it; ms since the epoch. */
export function siteTime({ clock, ahead }: Pick<Qrs, 'clock' | 'ahead'>): number {
  return clock.now() + (ahead() ?? 0);
}
