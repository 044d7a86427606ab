import type { App } from '../../qrs/entities.ts';
import type { Options } from '../options.ts';
import { type Origin, type Stamp, sameOrigin } from '../stamp.ts';
import { shownDigest, sourceDigest } from '../version.ts';
import { type LiveApp, liveByStream, type SurveyedApp, type TargetFacts } from './facts.ts';
import { nameThere, type Wish } from './wish.ts';

/** How a run knows that a version is already there. */
export interface Evidence {
  /** The content that the app shows, or its stamp alone, where the site does not show contents. */
  evidence: 'content' | 'stamp';
  /** What its users or its site did with it since, if anything: a phrase. */
  since: string | undefined;
}

/** What the stamp of an app will say on a target with these options. Pure. */
export function originFor({ app, origin, objects }: SurveyedApp, { data }: Options): Origin {
  const travels = origin.data && data !== 'drop';
  const digest = objects && sourceDigest(app, objects, travels);
  return { ...origin, data: travels, ...(digest === undefined ? {} : { digest }) };
}

/**
 * Whether an app on a target still is this very version. The stamp says which version it was; the objects show whether it
 * still is. Where the site shows no objects, other data than the source's mean another version, unless the target
 * reloads its own data. Pure.
 */
export function evidenceFor(
  there: LiveApp,
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
  // A duplicate that its users changed is theirs, and still this version's one.
  if (wish.mode === 'duplicate')
    return { evidence, since: looks === 'changed' ? 'changed there since' : since };
  if (looks === 'changed' || (otherData && data === 'refresh')) return undefined;
  return looks === 'hidden' && since !== undefined ? undefined : { evidence, since };
}

/** Whether the content of an app is the one that it had when it was stamped; `hidden`: the site does not show it. Pure. */
export function contentState(
  there: LiveApp,
  stamp: Stamp,
  { objects }: TargetFacts,
): 'intact' | 'changed' | 'hidden' {
  if (stamp.shown === undefined) return 'hidden';
  const shown = shownDigest(there, objects.get(there.id) ?? []);
  if (shown === undefined) return 'hidden';
  return shown === stamp.shown ? 'intact' : 'changed';
}

/** Whether an app is in each wanted stream that the site has, by the date of its version. Pure. */
export function isThere(one: SurveyedApp, wish: Wish, facts: TargetFacts): boolean {
  const { app } = one;
  const origin = originFor(one, wish.options);
  const live = liveByStream(facts, nameThere(app, wish));
  const streams = wish.streams.flatMap(name => facts.streams.get(name) ?? []);
  return streams.every(({ id }) =>
    (live.get(id) ?? []).some(there => evidenceFor(there, origin, { app, wish, facts }) !== undefined),
  );
}
