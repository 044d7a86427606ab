import type { Qrs } from '../qrs/connection.ts';
import type { App, AppFields } from '../qrs/entities.ts';

/** The names of all working copies begin with this, on every site. */
export const BARE_PREFIX = 'qrs-action working copy of ';

const GUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** The run's name has neither spaces nor commas. */
const NAME = new RegExp(
  `^${BARE_PREFIX}(?<app>${GUID}) \\((?<run>[^ ,]+), (?<part>\\d+)(?<giver>, gave to .*)?\\)$`,
);

/** The content of a working copy's name. */
export interface WorkingName {
  /** The source app's id. */
  app: string;
  run: string;
  /** A replace that got no answer may still be reading it. */
  giver: boolean;
}

/** The beginning of the names of a source app's working copies. */
export function workingPrefix(sourceApp: string): string {
  return `${BARE_PREFIX}${sourceApp}`;
}

/**
 * The name of the `part`th working copy that a run makes on one site. Each run has its own names, so that it can look
 * up a copy after a lost answer; the source app's id tells other runs whose copy it is.
 */
export function workingName(sourceApp: string, run: string, part: number): string {
  return `${workingPrefix(sourceApp)} (${run}, ${part})`;
}

/** The name of a working copy that must stay, because the replace of `target` may still be reading it. */
export function giverName(name: string, target: string): string {
  return name.replace(/\)$/, `, gave to ${target})`);
}

/** Reads the name; undefined for any other name. */
export function readWorkingName(name: string): WorkingName | undefined {
  const found = NAME.exec(name)?.groups;
  if (!found?.app || !found.run) return undefined;
  return { app: found.app, run: found.run, giver: found.giver !== undefined };
}

const BEGINNING = new RegExp(`^${BARE_PREFIX}(?<app>${GUID}) \\(`);

/**
 * The source app of which an app has a working copy's name. A site may ignore the name of a publish, and add to the old
 * one (docs/qrs.md 9), so a published app can have such a name until its run renames it.
 */
export function sourceInName(name: string): string | undefined {
  return BEGINNING.exec(name)?.groups?.app;
}

/** A published app never counts as a working copy, even with such a name. */
export function isWorkingCopy(app: App, sourceApp: string): boolean {
  return !app.published && readWorkingName(app.name)?.app === sourceApp;
}

/** How long a copy stays that a replace without an answer may still be reading. Ms. */
const GIVER_STAYS = 24 * 3_600_000;

/** What it takes to judge another run's working copy. */
export interface SignsOfLife {
  /** The site's own time, ms since the epoch. */
  now: number;
  /** A working copy without a sign of life for so long is abandoned. Ms. */
  leftoverAge: number;
  /** The ids of apps that are being reloaded. */
  reloading: ReadonlySet<string>;
}

/**
 * Whether a working copy is surely abandoned, so that any run may remove it. Decide by a reading made right before the
 * removal: a copy of the survey may be a live app by now. Pure.
 */
export function isNobodys(copy: AppFields, { now, leftoverAge, reloading }: SignsOfLife): boolean {
  const named = readWorkingName(copy.name);
  if (copy.published || !named || reloading.has(copy.id)) return false;
  const age = now - lastSign(copy);
  return age >= (named.giver ? Math.max(leftoverAge, GIVER_STAYS) : leftoverAge);
}

/** When somebody last worked on the copy: its latest date, ms since the epoch. Without a date nothing shows its age. */
export function lastSign({ createdDate, modifiedDate }: AppFields): number {
  const dates = [createdDate, modifiedDate].map(date => Date.parse(date)).filter(date => !Number.isNaN(date));
  return dates.length > 0 ? Math.max(...dates) : Number.POSITIVE_INFINITY;
}

/** The order in which a site made two apps: by date, then by id. Every run sees the same order. Pure. */
export function isOlder(one: App, other: App): boolean {
  const apart = Date.parse(one.createdDate) - Date.parse(other.createdDate);
  return apart < 0 || (apart === 0 && one.id < other.id);
}

/** The site's own time, as its answers show it; ms since the epoch. */
export function siteTime({ clock, ahead }: Pick<Qrs, 'clock' | 'ahead'>): number {
  return clock.now() + (ahead() ?? 0);
}
