import { messageOf, RemoteError } from '../../base/errors.ts';
import { searchApps } from '../../qrs/apps/find.ts';
import { findObjects } from '../../qrs/apps/objects.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import { equals, startsWith } from '../../qrs/filter.ts';
import type { Site } from '../../sites/sites.ts';
import type { Spec } from '../spec.ts';
import { readStamp, sameSource } from '../stamp.ts';
import { sameAddress } from '../version.ts';
import { BARE_PREFIX } from '../working-copy.ts';
import { placeOf, type SurveyedApp, type TargetFacts } from './facts.ts';
import { copiesOn } from './survey-copies.ts';
import { NO_NAMES, surveyNames } from './survey-names.ts';
import { surveyTasks } from './survey-tasks.ts';
import type { Wish } from './wish.ts';

const NOTHING: TargetFacts = {
  ...NO_NAMES,
  lost: undefined,
  live: new Map(),
  odd: [],
  objects: new Map(),
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

async function surveyTarget(
  qrs: Qrs,
  going: readonly Going[],
  { spec, from, dryRun }: { spec: Spec; from: Site; dryRun: boolean },
): Promise<TargetFacts> {
  const names = [...new Set(going.map(nameOf))].map(name => equals('name', name));
  const known = await surveyNames(
    qrs,
    going.map(({ wish }) => wish),
  );
  const { found: read, odd } = await searchApps(qrs, { attempt: 'read the apps of the same names' }, [
    startsWith('name', BARE_PREFIX),
    ...names,
  ]);
  const published = read.filter(app => app.published && app.stream);
  const live = Map.groupBy(published, app => placeOf(app.stream?.id ?? '', app.name));
  const placed = going.map(one => ({ ...one, there: standing(one, known.streams, live) }));
  return {
    ...known,
    lost: undefined,
    live,
    odd,
    objects: await findObjects(
      qrs,
      placed.flatMap(one => worthALook(one, sameAddress(from, qrs.site))),
    ),
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
