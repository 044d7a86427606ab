import type { App, AppFields } from '../../qrs/entities.ts';
import { type Origin, readStamp, relation, sameOrigin } from '../stamp.ts';
import { contentState } from '../survey/evidence.ts';
import type { StampedApp, TargetFacts } from '../survey/facts.ts';

/** Which of several apps of one name in one stream stays, where there must be one. */
export interface TwinVerdict {
  /** The app that stays; undefined where only a person can decide. */
  winner: App | undefined;
  /** The apps to remove, of this run or another. */
  losers: readonly App[];
}

/**
 * Judges twins after this run went live. `known` were there when the plan was made, and stay. So does an app without a
 * stamp, which is somebody's own. Of one source app the newest version stays; of one version, or of two source apps,
 * the one that was published first, then the lowest id. Every run comes to the same verdict. Pure.
 */
export function judgeTwins(there: readonly App[], known: ReadonlySet<string>): TwinVerdict {
  const mayGo = there.filter(app => !known.has(app.id) && readStamp(app.description) !== undefined);
  const [own, another] = there.filter(app => !mayGo.includes(app));
  if (own) {
    // This run must not remove a newer version of an earlier app.
    const losers = mayGo.filter(app => !isNewer(app, own));
    return { winner: another || losers.length < mayGo.length ? undefined : own, losers };
  }
  const [first, ...rest] = mayGo.sort(byPublishing);
  const winner = first && rest.reduce((best, app) => (isNewer(app, best) ? app : best), first);
  return { winner, losers: mayGo.filter(app => app !== winner) };
}

/** A newer version of the same source app. */
function isNewer(app: App, than: App): boolean {
  const other = readStamp(than.description);
  return other !== undefined && relation(readStamp(app.description), other) === 'newer';
}

/**
 * The twins that an interrupted run left: of the apps of one version of this source app, all but the first published
 * one. A run must not choose between other twins. Pure.
 */
export function laterTwins(
  there: readonly StampedApp[],
  sourceApp: string,
  facts: TargetFacts,
): readonly StampedApp[] {
  if (there.length < 2) return [];
  const later: StampedApp[] = [];
  const known: Origin[] = [];
  for (const app of [...there].sort(byPublishing)) {
    const { stamp } = app;
    if (!stamp || stamp.app !== sourceApp) continue;
    // An app that somebody has changed since belongs to that person.
    const changed = contentState(app, stamp, facts) === 'changed';
    if (!changed && known.some(other => sameOrigin(stamp, other))) later.push(app);
    else known.push(stamp);
  }
  return later;
}

function byPublishing(one: AppFields, other: AppFields): number {
  const apart = Date.parse(one.publishTime ?? '') - Date.parse(other.publishTime ?? '');
  return apart || (one.id < other.id ? -1 : 1);
}
