import type { App } from '../qrs/entities.ts';

/** All working copies of all runs begin so, on every site. */
export const BARE_PREFIX = 'qrs-action working copy of ';

const GUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** The run's name has neither spaces nor commas. */
const NAME = new RegExp(
  `^${BARE_PREFIX}(?<app>${GUID}) \\((?<run>[^ ,]+), (?<part>\\d+)(?<giver>, gave to .*)?\\)$`,
);

/** What the name of a working copy says. */
export interface Named {
  /** The source app's id. */
  app: string;
  run: string;
  /** It gave its content to a replace whose end is not known: the site may still be reading it. */
  giver: boolean;
}

/**
 * Names of working copies. Each run has its own, so that a lost answer can be looked up, and the source app's
 * id is in it, so that another run can tell what it belongs to.
 */
export function workingPrefix(sourceApp: string): string {
  return `${BARE_PREFIX}${sourceApp}`;
}

/** The name of the `part`th working copy that a run makes on one site. */
export function workingName(sourceApp: string, run: string, part: number): string {
  return `${workingPrefix(sourceApp)} (${run}, ${part})`;
}

/** The name of a working copy that has to stay, as the replace of `target` that reads it may not have ended. */
export function giverName(name: string, target: string): string {
  return name.replace(/\)$/, `, gave to ${target})`);
}

/** What the name says; undefined when it is no working copy's. */
export function readWorkingName(name: string): Named | undefined {
  const found = NAME.exec(name)?.groups;
  if (!found?.app || !found.run) return undefined;
  return { app: found.app, run: found.run, giver: found.giver !== undefined };
}

/** Users never publish an app by such a name; still, a published app is never taken for a working copy. */
export function isWorkingCopy(app: App, sourceApp: string): boolean {
  return !app.published && readWorkingName(app.name)?.app === sourceApp;
}
