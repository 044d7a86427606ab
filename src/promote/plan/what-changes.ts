import type { AppObject } from '../../qrs/apps/objects.ts';
import type { App } from '../../qrs/entities.ts';
import type { StampedApp } from '../survey/facts.ts';
import { isLoadModel, isPublic, isScript, showsScript } from '../version.ts';

/** How the version that comes differs from the live app; `hidden`: which site does not show objects, so nobody knows. */
export type WhatChanges = Shown | { hidden: 'source' | 'target' };

interface Shown {
  script: 'changed' | 'same' | 'not shown';
  added: readonly NamedObject[];
  removed: readonly NamedObject[];
  changed: readonly NamedObject[];
  /** How many objects of both the sites show without a hash of their content. */
  unknown: number;
  /** How many objects, without the script, the version that comes and the live app have in common. */
  common: number;
  /** How many objects single users have in the live app: they stay. */
  users: number;
}

/** An object as people know it. */
export interface NamedObject {
  id: string;
  type: string;
  name: string;
}

/**
 * Compares what an export of the source app carries with what users of the live app see, by the objects' ids in the
 * engine, which an export keeps, and by the hashes of their content (docs/qrs.md 4.8). Pure.
 */
export function whatChanges(
  { app, objects }: { app: App; objects: readonly AppObject[] | undefined },
  live: StampedApp,
  shown: readonly AppObject[],
): WhatChanges {
  if (!objects || objects.length === 0) return { hidden: 'source' };
  if (shown.length === 0) return { hidden: 'target' };
  const [coming, there] = [
    app.published ? objects.filter(isPublic) : objects,
    live.published ? shown.filter(isPublic) : shown,
  ];
  // A site that hides the script from a user hides the load model, too.
  const whole = showsScript(coming) && showsScript(there);
  const compared = (one: AppObject) => !isScript(one) && (whole || !isLoadModel(one));
  const before = new Map(there.filter(compared).map(one => [one.engineObjectId, one]));
  const after = coming.filter(compared);
  const ids = new Set(after.map(({ engineObjectId }) => engineObjectId));
  const pairs = after.flatMap(now => {
    const was = before.get(now.engineObjectId);
    return was ? [{ now, was }] : [];
  });
  const known = pairs.filter(({ now, was }) => now.contentHash && was.contentHash);
  return {
    script: scriptState(coming.find(isScript), there.find(isScript)),
    added: after.filter(({ engineObjectId }) => !before.has(engineObjectId)).map(nameIt),
    removed: [...before.values()].filter(({ engineObjectId }) => !ids.has(engineObjectId)).map(nameIt),
    changed: known
      .filter(({ now, was }) => now.contentHash !== was.contentHash)
      .map(({ now }) => nameIt(now)),
    unknown: pairs.length - known.length,
    common: pairs.length,
    users: live.published ? shown.length - there.length : 0,
  };
}

function scriptState(now: AppObject | undefined, was: AppObject | undefined): Shown['script'] {
  if (!now?.contentHash || !was?.contentHash) return 'not shown';
  return now.contentHash === was.contentHash ? 'same' : 'changed';
}

function nameIt({ engineObjectId, objectType, name }: AppObject): NamedObject {
  return { id: engineObjectId, type: objectType, name };
}
