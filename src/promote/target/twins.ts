import type { App } from '../../qrs/entities.ts';
import { readStamp, relation } from '../stamp.ts';

/** Published apps of one name in one stream, where there is to be one. */
export interface TwinVerdict {
  /** The one that stays; undefined where only a person can tell. */
  winner: App | undefined;
  /** What goes, this run's own or another's. */
  losers: readonly App[];
}

/**
 * Which of several apps in one place stays. `known` were there when the plan was made, and never go. One without a
 * stamp is somebody's own and stays. Of one source app the newest version stays; of one version, or of two source
 * apps, the one that was published first, then the lowest id. Every run reckons alike. Pure.
 */
export function judge(there: readonly App[], known: ReadonlySet<string>): TwinVerdict {
  const mayGo = there.filter(app => !known.has(app.id) && readStamp(app.description) !== undefined);
  const [own, another] = there.filter(app => !mayGo.includes(app));
  if (own) {
    // A newer version of what was there before is not for this run to remove.
    const losers = mayGo.filter(app => !isNewer(app, own));
    return { winner: another || losers.length < mayGo.length ? undefined : own, losers };
  }
  const [first, ...rest] = [...mayGo].sort(byPublishing);
  if (!first) return { winner: undefined, losers: [] };
  const winner = rest.reduce((best, app) => (isNewer(app, best) ? app : best), first);
  return { winner, losers: mayGo.filter(app => app !== winner) };
}

/** A newer version of the same source app. */
function isNewer(app: App, than: App): boolean {
  const other = readStamp(than.description);
  return other !== undefined && relation(readStamp(app.description), other) === 'newer';
}

function byPublishing(one: App, other: App): number {
  const apart = Date.parse(one.publishTime ?? '') - Date.parse(other.publishTime ?? '');
  return apart || one.id.localeCompare(other.id);
}
