import type { App } from '../qrs/entities.ts';

/**
 * Names of working copies. Each run has its own, so that a lost answer can be looked up, and the source app's
 * id is in it, so that the next promotion of that app finds what an interrupted one left.
 */
export function workingPrefix(sourceApp: string): string {
  return `qrs-action working copy of ${sourceApp}`;
}

/** The name of the `part`th working copy that a run makes on one site. */
export function workingName(sourceApp: string, run: string, part: number): string {
  return `${workingPrefix(sourceApp)} (${run}, ${part})`;
}

/** Users never publish one by that name; still, what is published is never taken for a working copy. */
export function isWorkingCopy(app: App, sourceApp: string): boolean {
  return !app.published && app.name.startsWith(`${workingPrefix(sourceApp)} (`);
}
