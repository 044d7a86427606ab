import { messageOf, RemoteError } from '../../base/errors.ts';
import { listsPath } from '../../qrs/api-description.ts';
import { surveyApps } from '../../qrs/apps/find.ts';
import { appsInReload } from '../../qrs/apps/reloading.ts';
import { REPLACE_BY_UPLOAD } from '../../qrs/apps/replace-by-upload.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { AppFields } from '../../qrs/entities.ts';
import { equals, equalsId, startsWith } from '../../qrs/filter.ts';
import { mayCreate } from '../../qrs/rights.ts';
import { manualTaskName, tasksOfApps } from '../../qrs/tasks.ts';
import type { Site } from '../../sites/site.ts';
import { NO_RELOAD_TASKS } from '../reload-task/reload-task-facts.ts';
import { surveyReloadTasks } from '../reload-task/survey-reload-tasks.ts';
import type { Spec } from '../spec.ts';
import { sameOrigin, sameSource } from '../stamp.ts';
import { sameAddress } from '../version.ts';
import { BARE_PREFIX, isNobodys, readWorkingName, siteTime } from '../working-copy.ts';
import { appsInPlaces, originFor } from './evidence.ts';
import {
  appsById,
  type Copies,
  liveByName,
  type StampedApp,
  type SurveyedApp,
  type TargetFacts,
} from './facts.ts';
import { NO_NAMES, surveyNames } from './survey-names.ts';
import { surveyObjects } from './survey-objects.ts';
import { nameThere, type Wish } from './wish.ts';

/** An app and its wish for one site. */
interface Wanted {
  one: SurveyedApp;
  wish: Wish;
}

interface Surroundings {
  spec: Spec;
  from: Site;
  dryRun: boolean;
}

/**
 * Reads a target site: everything that the plan needs there, and its working copies. This run leaves out a site that
 * does not answer, or that the user may not read.
 */
export async function surveyTarget(
  qrs: Qrs,
  wanted: readonly Wanted[],
  surroundings: Surroundings,
): Promise<TargetFacts> {
  try {
    return await readTarget(qrs, wanted, surroundings);
  } catch (error) {
    // A site that is only read for working copies must not fail the run.
    if (!(error instanceof RemoteError) && wanted.length > 0) throw error;
    return { ...NOTHING, lost: messageOf(error) };
  }
}

const NOTHING: TargetFacts = {
  ...NO_NAMES,
  lost: undefined,
  live: new Map(),
  byId: new Map(),
  keepsData: undefined,
  odd: [],
  objects: new Map(),
  unseen: undefined,
  tasks: [],
  mayMakeTasks: undefined,
  reloadTasks: NO_RELOAD_TASKS,
  copies: { removable: [], held: [] },
};

/** Looks up one kind after the other on one connection: a second TLS handshake would take longer than the wait. */
async function readTarget(
  qrs: Qrs,
  wanted: readonly Wanted[],
  { spec, from, dryRun }: Surroundings,
): Promise<TargetFacts> {
  const wishes = wanted.map(({ wish }) => wish);
  const byName = wanted.filter(({ wish }) => wish.app === undefined);
  const names = new Set(byName.map(({ one, wish }) => nameThere(one.app, wish)));
  const ids = new Set(wishes.flatMap(({ app }) => app ?? []));
  const known = await surveyNames(qrs, wishes);
  const { found: apps, odd } = await surveyApps(
    qrs,
    { attempt: 'read the apps of the same names' },
    {
      conditions: [
        startsWith('name', BARE_PREFIX),
        ...[...names].map(name => equals('name', name)),
        ...[...ids].map(id => equalsId('id', id)),
      ],
      each: Math.max(1, ...wishes.map(({ streams }) => streams.length)),
    },
  );
  const withinSite = sameAddress(from, qrs.site);
  const found = { streams: known.streams, live: liveByName(apps), byId: appsById(apps, ids) };
  const placed = wanted.map(({ one, wish }) => ({
    one,
    wish,
    there: appsInPlaces(one.app, wish, found).flat(),
  }));
  const toCompare = placed.flatMap(({ one, wish, there }) => [
    ...there.filter(app => (dryRun && isToReplace(app, one, wish)) || isStampedFrom(app, one)),
    // Within one site, also the source app, if the site shows it.
    ...(withinSite && !one.file ? [one.app] : []),
  ]);
  const toReload = placed.flatMap(({ wish, there }) => (wish.options.reload === 'after' ? there : []));
  return {
    ...known,
    ...found,
    lost: undefined,
    keepsData: wishes.some(({ options }) => options.data === 'target')
      ? await listsPath(qrs, REPLACE_BY_UPLOAD)
      : undefined,
    odd,
    ...(await surveyObjects(
      qrs,
      toCompare.map(({ id }) => id),
      dryRun,
    )),
    ...(await surveyTasks(qrs, toReload, dryRun)),
    reloadTasks: await surveyReloadTasks(qrs, placed, dryRun),
    copies: await copiesOn(qrs, apps, spec.leftoverAge),
  };
}

/** Whether an app there most likely is another version, so that a plan says what differs. */
function isToReplace({ stamp }: StampedApp, one: SurveyedApp, { mode, options }: Wish): boolean {
  return mode === 'overwrite' && !sameOrigin(stamp, originFor(one, options));
}

/** Whether a stamp names this source app, and the content that the target showed then. */
function isStampedFrom({ stamp }: StampedApp, { origin }: SurveyedApp): boolean {
  return stamp?.shown !== undefined && sameSource(stamp, origin);
}

/** Asks for the right to make a task; it is the user's, so one app is enough. A dry run's user may only read. */
async function surveyTasks(qrs: Qrs, apps: readonly AppFields[], dryRun: boolean) {
  const tasks = await tasksOfApps(qrs, [...new Set(apps.map(({ id }) => id))]);
  const having = new Set(tasks.map(({ app }) => app?.id));
  const app = apps.find(({ id }) => !having.has(id));
  if (!app || dryRun) return { tasks, mayMakeTasks: undefined };
  const task = {
    name: manualTaskName(app, false),
    app: { id: app.id },
    taskType: 0,
    isManuallyTriggered: true,
  };
  return { tasks, mayMakeTasks: await mayCreate(qrs, 'ReloadTask', task) };
}

/** Sorts the working copies of a site. Reads reloads in progress only where they matter. */
export async function copiesOn(qrs: Qrs, apps: readonly AppFields[], leftoverAge: number): Promise<Copies> {
  const copies = apps.filter(app => !app.published && readWorkingName(app.name) !== undefined);
  const signs = { now: siteTime(qrs), leftoverAge };
  const old = copies.filter(copy => isNobodys(copy, { ...signs, reloading: new Set() }));
  const reloading = old.length > 0 ? await appsInReload(qrs) : new Set<string>();
  const removable = old.filter(copy => isNobodys(copy, { ...signs, reloading }));
  return { removable, held: copies.filter(copy => !removable.includes(copy)) };
}
