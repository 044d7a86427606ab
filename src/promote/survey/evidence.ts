import type { App } from '../../qrs/entities.ts';
import { bringsData, type Options } from '../options.ts';
import { type Origin, type Stamp, sameOrigin } from '../stamp.ts';
import { shownDigest, sourceDigest } from '../version.ts';
import { liveByStream, type StampedApp, type SurveyedApp, type TargetFacts } from './facts.ts';
import { nameThere, type Wish } from './wish.ts';

/** How a run knows that a target already has a version. */
export interface Evidence {
  /** By the app's content, or by its stamp alone where the site does not show contents. */
  evidence: 'content' | 'stamp';
  /** A phrase for what users or the site have changed since, if anything. */
  since: string | undefined;
}

/** The stamp of an app on a target with these options. Pure. */
export function originFor({ app, origin, objects }: SurveyedApp, options: Options): Origin {
  const travels = origin.data && bringsData(options);
  const digest = objects && sourceDigest(app, objects, travels);
  return { ...origin, data: travels, ...(digest === undefined ? {} : { digest }) };
}

/**
 * Whether an app on a target still is this version. The stamp says which version came; the objects show whether it is
 * unchanged. Where the site shows no objects, other data than the source's mean another version, unless the target
 * reloads its own data. Pure.
 */
export function evidenceFor(
  there: StampedApp,
  origin: Origin,
  { app, wish, facts }: { app: App; wish: Wish; facts: TargetFacts },
): Evidence | undefined {
  const { stamp } = there;
  if (!stamp || !sameOrigin(stamp, origin)) return undefined;
  const { data, reload } = wish.options;
  const looks = contentState(there, stamp, facts);
  const otherData = origin.data && there.lastReloadTime !== app.lastReloadTime;
  const since = otherData && reload === 'none' ? 'reloaded there since' : undefined;
  const evidence = looks === 'intact' ? 'content' : 'stamp';
  // A duplicate that users have changed belongs to them, and still counts as this version's.
  if (wish.mode === 'duplicate')
    return { evidence, since: looks === 'changed' ? 'changed there since' : since };
  if (looks === 'changed' || (otherData && data === 'refresh')) return undefined;
  return looks === 'hidden' && since !== undefined ? undefined : { evidence, since };
}

/** Whether an app's content is unchanged since its stamp; `hidden`: the site does not show it. Pure. */
export function contentState(
  there: StampedApp,
  stamp: Stamp,
  { objects }: TargetFacts,
): 'intact' | 'changed' | 'hidden' {
  if (stamp.shown === undefined) return 'hidden';
  const shown = shownDigest(there, objects.get(there.id) ?? []);
  if (shown === undefined) return 'hidden';
  return shown === stamp.shown ? 'intact' : 'changed';
}

/** Whether each wanted place that the site has holds the app, by the date of its version. Pure. */
export function isThere(one: SurveyedApp, wish: Wish, facts: TargetFacts): boolean {
  const { app } = one;
  const origin = originFor(one, wish.options);
  return appsInPlaces(app, wish, facts).every(apps =>
    apps.some(there => evidenceFor(there, origin, { app, wish, facts }) !== undefined),
  );
}

/** The apps in each wanted place that the site has: an app by its id, or the apps of the name in a stream. Pure. */
export function appsInPlaces(app: App, wish: Wish, facts: PlaceFacts): (readonly StampedApp[])[] {
  if (wish.app !== undefined) {
    const named = facts.byId.get(wish.app);
    return named ? [[named]] : [];
  }
  const live = liveByStream(facts, nameThere(app, wish), app.id);
  const streams = wish.streams.flatMap(name => facts.streams.get(name) ?? []);
  return streams.map(({ id }) => live.get(id) ?? []);
}

type PlaceFacts = Pick<TargetFacts, 'byId' | 'live' | 'streams'>;
