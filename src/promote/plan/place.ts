import type { StampedApp, TargetFacts } from '../survey/facts.ts';
import type { Wish } from '../survey/wish.ts';
import { readWorkingName } from '../working-copy.ts';
import type { PlannedStream } from './planned.ts';

/** A place on a target, and the apps that it has. */
export interface PlannedPlace {
  stream: PlannedStream;
  apps: readonly StampedApp[];
}

/** `in stream "Everyone"`, or where an app is that a target names by its id. Pure. */
export function inPlace({ name }: Pick<PlannedStream, 'name'>): string {
  return name === '' ? 'among the unpublished apps' : `in stream "${name}"`;
}

/** The place of the app that a wish names by its id, or why there is none. Pure. */
export function placeById(
  { site }: Pick<Wish, 'site'>,
  id: string,
  { byId, odd }: Pick<TargetFacts, 'byId' | 'odd'>,
): { places: PlannedPlace[]; refusals: string[] } {
  const refuse = (why: string) => ({ places: [], refusals: [`site "${site.name}" ${why}`] });
  const app = byId.get(id);
  // Another refusal says why it cannot be used.
  if (!app && odd.some(one => one.id?.toLowerCase() === id)) return { places: [], refusals: [] };
  if (!app) return refuse(noAppWithId(id, site.user));
  if (readWorkingName(app.name))
    return refuse(`has app ${id} as a working copy of a run, which will remove it.`);
  const { stream } = app;
  return { places: [{ stream: { id: stream?.id, name: stream?.name ?? '' }, apps: [app] }], refusals: [] };
}

/** The end of a sentence about a site without that app. Pure. */
export function noAppWithId(id: string, user: string): string {
  return `has no app with the id ${id}, or ${user} may not read it.`;
}

/** An unusable app may be the one to replace; publishing beside it would make two. Pure. */
export function unreadable({ app }: Wish, name: string, { odd }: TargetFacts): string[] {
  if (app !== undefined) {
    return odd
      .filter(({ id }) => id === undefined || id.toLowerCase() === app)
      .map(({ problem }) => `the app with the id ${app} there cannot be used: ${problem}`);
  }
  return odd
    .filter(one => one.name === undefined || one.name === name)
    .map(({ problem }) => `an app of that name there cannot be used: ${problem}`);
}
