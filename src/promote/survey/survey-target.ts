import { messageOf, RemoteError } from '../../base/errors.ts';
import { searchApps } from '../../qrs/apps/find.ts';
import { findObjects } from '../../qrs/apps/objects.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import { equals, startsWith } from '../../qrs/filter.ts';
import { findProperties } from '../../qrs/properties.ts';
import { findStreams } from '../../qrs/streams.ts';
import { findTags } from '../../qrs/tags.ts';
import { findUsers } from '../../qrs/users.ts';
import type { Site } from '../../sites/sites.ts';
import type { Spec } from '../spec.ts';
import { readStamp, sameSource } from '../stamp.ts';
import { sameAddress } from '../version.ts';
import { BARE_PREFIX } from '../working-copy.ts';
import { placeOf, type SurveyedApp, type TargetFacts } from './facts.ts';
import { copiesOn } from './survey-copies.ts';
import { surveyTasks } from './survey-tasks.ts';
import type { Wish } from './wish.ts';

const NOTHING: TargetFacts = {
  lost: undefined,
  streams: new Map(),
  live: new Map(),
  odd: [],
  objects: new Map(),
  tags: [],
  properties: [],
  users: [],
  tasks: [],
  mayMakeTasks: undefined,
  copies: { removable: [], held: [] },
};

interface Going {
  one: SurveyedApp;
  wish: Wish;
}

interface Around {
  from: Site;
  dryRun: boolean;
  open: (site: Site) => Qrs;
  /** Sites that are asked for working copies, whether anything is to be promoted there or not. */
  also: readonly Site[];
}

/** Asks all target sites side by side. One that gives no answer, or refuses to be read, is lost to this run. */
export async function surveyTargets(
  apps: readonly SurveyedApp[],
  spec: Spec,
  { from, open, dryRun, also }: Around,
): Promise<Map<Site, TargetFacts>> {
  const going = new Map<Site, Going[]>(also.map(site => [site, []]));
  for (const one of apps) {
    for (const wish of one.wishes.wishes) {
      const others = going.get(wish.site);
      if (others) others.push({ one, wish });
      else going.set(wish.site, [{ one, wish }]);
    }
  }
  const facts = [...going].map(async ([site, list]) => {
    try {
      return [site, await surveyTarget(open(site), list, { spec, from, dryRun })] as const;
    } catch (error) {
      // What is asked of a site that nothing goes to is not worth a failure.
      if (!(error instanceof RemoteError) && list.length > 0) throw error;
      return [site, { ...NOTHING, lost: messageOf(error) }] as const;
    }
  });
  return new Map(await Promise.all(facts));
}

/** One look-up after the other, on one connection: a second TLS handshake takes longer than the wait. */
async function surveyTarget(
  qrs: Qrs,
  going: readonly Going[],
  { spec, from, dryRun }: { spec: Spec; from: Site; dryRun: boolean },
): Promise<TargetFacts> {
  const options = going.map(({ wish }) => wish.options);
  const names = unique(going.map(nameOf)).map(name => equals('name', name));
  const owners = options.flatMap(({ owner }) => (owner === undefined ? [] : [owner]));
  const streams = groupBy(
    await findStreams(qrs, unique(going.flatMap(({ wish }) => wish.streams))),
    ({ name }) => name,
  );
  const { found: read, odd } = await searchApps(qrs, { attempt: 'read the apps of the same names' }, [
    startsWith('name', BARE_PREFIX),
    ...names,
  ]);
  const published = read.filter(app => app.published && app.stream);
  const live = groupBy(published, app => placeOf(app.stream?.id ?? '', app.name));
  const placed = going.map(one => ({ ...one, there: standing(one, streams, live) }));
  return {
    lost: undefined,
    streams,
    live,
    odd,
    objects: await findObjects(
      qrs,
      placed.flatMap(one => worthALook(one, sameAddress(from, qrs.site))),
    ),
    tags: await findTags(qrs, unique(options.flatMap(({ tags }) => tags))),
    properties: await findProperties(qrs, unique(options.flatMap(one => Object.keys(one.customProperties)))),
    users: await findUsers(qrs, unique(owners)),
    ...(await surveyTasks(qrs, placed.flatMap(reloadedAfter), dryRun)),
    copies: await copiesOn(qrs, read, spec.leftoverAge),
  };
}

interface Placed extends Going {
  /** The apps in the wanted places. */
  there: readonly App[];
}

function standing(one: Going, streams: TargetFacts['streams'], live: TargetFacts['live']): App[] {
  const ids = one.wish.streams.flatMap(name => (streams.get(name) ?? []).map(({ id }) => id));
  return ids.flatMap(id => live.get(placeOf(id, nameOf(one))) ?? []);
}

/** The apps whose content tells whether a version is there; within one site also the source, if it is seen. */
function worthALook({ one, there }: Placed, oneSite: boolean): string[] {
  const ours = there.filter(({ description }) => {
    const stamp = readStamp(description);
    return stamp?.shown !== undefined && sameSource(stamp, one.origin);
  });
  return [...ours.map(({ id }) => id), ...(oneSite && !one.file ? [one.app.id] : [])];
}

function reloadedAfter({ wish, there }: Placed): readonly App[] {
  return wish.options.reload === 'after' ? there : [];
}

function nameOf({ one, wish }: Going): string {
  return wish.options.name ?? one.app.name;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
