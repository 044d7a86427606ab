import type { App, Tag } from '../qrs/entities.ts';
import type { Site } from '../sites/sites.ts';
import { type Attributes, lackingAttributes, planAttributes } from './attributes.ts';
import type { BackedUp } from './backup.ts';
import type { Options } from './options.ts';
import type { Mode, Spec } from './spec.ts';
import { type Origin, readStamp, sameOrigin } from './stamp.ts';
import { NOTHING, type Survey, type SurveyedApp, type TargetFacts } from './survey.ts';
import type { Wish } from './wish.ts';
import { isWorkingCopy } from './working-copy.ts';

/** What will be done. Made of facts alone, and carried out as it is. */
export interface Plan {
  from: Site;
  /** When the facts were read, ms since the epoch. */
  at: number;
  apps: readonly AppPlan[];
  /** Refusals that concern no single app. */
  refusals: readonly string[];
  /** What looks wrong, but may be meant. */
  warnings: readonly string[];
}

export interface AppPlan {
  app: App;
  /** The file it comes from, in place of the source site. */
  file: BackedUp | undefined;
  verdict: 'promote' | 'untag' | 'skip' | 'refuse';
  /** Why it is skipped or refused; a sentence or part of one each. */
  reasons: readonly string[];
  targets: readonly TargetPlan[];
  /** The folder where the app is kept without data. */
  archive: string | undefined;
  done: DonePlan;
}

/** What happens to the source app when all its targets are done. */
export interface DonePlan {
  /** The tag that it gets. Without an id it is made first. */
  tag: { name: string; id: string | undefined } | undefined;
  /** Custom properties that leave it. */
  properties: readonly string[];
  unpublish: boolean;
}

export interface TargetPlan {
  site: Site;
  mode: Mode;
  /** The app's name on the target. */
  name: string;
  options: Options;
  attributes: Attributes;
  steps: readonly Step[];
  /** Wanted streams that the site does not have, left out. */
  missing: readonly string[];
  /** What an interrupted run left, to be removed. */
  leftovers: readonly App[];
  /** What the description will say; undefined where it is to say nothing. */
  origin: Origin | undefined;
}

/** Without an id: made first. */
export interface PlannedStream {
  id: string | undefined;
  name: string;
}

export type Step =
  | { do: 'replace'; stream: PlannedStream; app: App }
  | { do: 'publish'; stream: PlannedStream }
  /** This very version is there already; `lacks` what the spec asks of it beside, `reload` that it still is to be. */
  | { do: 'keep'; stream: PlannedStream; app: App; lacks: readonly string[]; reload: boolean };

const NO_DONE: DonePlan = { tag: undefined, properties: [], unpublish: false };

/** Decides. Pure: no clock, no log, nothing asked of a site. */
export function plan(spec: Spec, survey: Survey): Plan {
  const apps = survey.apps.map(surveyed => planApp(spec, survey, surveyed));
  const { from, at, missing } = survey;
  return { from, at, apps: refuseCollisions(apps), refusals: missing, warnings: warnOfSameSites(survey) };
}

/**
 * One site under two addresses would get every app twice. Nothing tells for sure: the stream Everyone has one id on
 * every site, and a cloned site has all ids of the other. The same app, written at the same moment, is worth a word.
 */
function warnOfSameSites({ targets }: Survey): string[] {
  const seen = new Map<string, Site>();
  const warnings = new Set<string>();
  for (const [site, { apps }] of targets) {
    for (const { id, modifiedDate } of apps) {
      const key = `${id} ${modifiedDate}`;
      const other = seen.get(key);
      if (other && other !== site) warnings.add(sameSite(other, site));
      seen.set(key, site);
    }
  }
  return [...warnings];
}

function sameSite(one: Site, other: Site): string {
  const names = `"${one.name}" and "${other.name}"`;
  return `Sites ${names} have the very same app. If they are one site under two addresses, describe it once.`;
}

/** Whether anything at all may be changed: with `on-refusal: stop`, one refusal holds everything back. */
export function isStopped(spec: Spec, { apps, refusals }: Plan): boolean {
  const refused = refusals.length > 0 || apps.some(({ verdict }) => verdict === 'refuse');
  return refused && spec.onRefusal === 'stop';
}

/** Two apps of one name on their way to one stream: the second would replace the first, or be its twin. */
function refuseCollisions(apps: readonly AppPlan[]): AppPlan[] {
  const places = new Map<string, AppPlan[]>();
  for (const app of apps.filter(({ verdict }) => verdict === 'promote')) {
    for (const place of new Set(app.targets.flatMap(placesOf))) {
      places.set(place, [...(places.get(place) ?? []), app]);
    }
  }
  const rivals = new Map<AppPlan, AppPlan>();
  for (const [one, other] of places.values()) if (one && other) rivals.set(one, other).set(other, one);
  return apps.map(app => {
    const rival = rivals.get(app);
    if (!rival) return app;
    const reason = `app ${rival.app.id} has the same name and goes to the same stream; promote one of the two.`;
    return { ...app, verdict: 'refuse', reasons: [`${app.app.id}: ${reason}`] };
  });
}

function placesOf({ site, name, steps }: TargetPlan): string[] {
  return steps.map(({ stream }) => [site.name, stream.name, name].join('\n'));
}

function planApp(spec: Spec, survey: Survey, { app, file, unmet, tagged, wishes }: SurveyedApp): AppPlan {
  const plain = { app, file, targets: [], archive: undefined, done: NO_DONE };
  if (!wishes.asks && tagged) {
    return { ...plain, verdict: 'untag', reasons: [`${wishes.reason}, so it is no longer promoted`] };
  }
  if (tagged) return { ...plain, verdict: 'skip', reasons: [`it is already tagged "${spec.done.tag}"`] };
  if (unmet.length > 0) return { ...plain, verdict: 'skip', reasons: unmet };
  if (wishes.refusals.length > 0) return { ...plain, verdict: 'refuse', reasons: wishes.refusals };
  if (wishes.reason !== undefined) return { ...plain, verdict: 'skip', reasons: [wishes.reason] };
  const from = { site: survey.from.name, app: app.id, modified: app.modifiedDate, data: true };
  const origin = file?.origin ?? from;
  const planned = wishes.wishes.map(wish =>
    planTarget(file ? undefined : survey.from, app, origin, wish, survey.targets.get(wish.site) ?? NOTHING),
  );
  const reasons = [...planned.flatMap(({ refusals }) => refusals), ...refuseUnpublish(spec, app)];
  const targets = planned.map(({ target }) => target);
  if (reasons.length > 0) return { ...plain, verdict: 'refuse', reasons, targets };
  const done = file ? NO_DONE : doneOf(spec, survey.doneTag, app);
  return {
    app,
    file,
    verdict: 'promote',
    reasons: [],
    targets,
    archive: file ? undefined : spec.archive,
    done,
  };
}

function refuseUnpublish({ done }: Spec, app: App): string[] {
  if (!done.unpublish || (app.published && app.owner)) return [];
  return ['it is not published, so it cannot be unpublished ("done.unpublish").'];
}

/** The promotion properties are those that the spec reads: who decides, and on what condition. */
function doneOf({ done, to, when }: Spec, known: Tag | undefined, app: App): DonePlan {
  const read = [...(to.by === 'properties' ? [to.server, to.stream] : []), ...Object.keys(when.properties)];
  const has = (name: string) => app.customProperties.some(row => row.definition.name === name);
  return {
    tag: done.tag === undefined ? undefined : { name: done.tag, id: known?.id },
    properties: done.removeProperties ? read.filter(has) : [],
    unpublish: done.unpublish,
  };
}

function planTarget(
  from: Site | undefined,
  app: App,
  source: Origin,
  wish: Wish,
  facts: TargetFacts,
): { target: TargetPlan; refusals: string[] } {
  const { site, mode, options } = wish;
  const name = options.name ?? app.name;
  const origin = { ...source, data: source.data && options.data === 'keep' };
  const { streams, missing, refusals } = pickStreams(wish, facts);
  const { attributes, refusals: lacking } = planAttributes(options, facts, site.name);
  const steps: Step[] = [];
  for (const stream of streams) {
    const step = planStep({ from, app, name, origin, wish, attributes, facts }, stream);
    if ('refusal' in step) refusals.push(step.refusal);
    else steps.push(step);
  }
  const leftovers = facts.apps.filter(one => isWorkingCopy(one, app.id));
  const stamped = options.describe ? origin : undefined;
  const target = { site, mode, name, options, attributes, steps, missing, leftovers, origin: stamped };
  return { target, refusals: [...refusals, ...lacking] };
}

interface Placement {
  /** Undefined for an app from a file. */
  from: Site | undefined;
  app: App;
  name: string;
  origin: Origin;
  wish: Wish;
  attributes: Attributes;
  facts: TargetFacts;
}

function planStep(placement: Placement, stream: PlannedStream): Step | { refusal: string } {
  const { from, app, name, origin, facts } = placement;
  const { site, mode, options } = placement.wish;
  const there = facts.apps.filter(one => one.published && one.stream?.id === stream.id && one.name === name);
  const stamped = there.find(one => sameOrigin(readStamp(one.description), origin));
  const [only, second] = there;
  if (mode === 'duplicate') return stamped ? keep(placement, stream, stamped) : { do: 'publish', stream };
  if (!only) return { do: 'publish', stream };
  if (second) return { refusal: twins(site, stream, there) };
  if (stamped && hasOurData(stamped, app, options)) return keep(placement, stream, stamped);
  if (site.url === from?.url && only.id === app.id) {
    return { refusal: `on site "${site.name}" it would replace itself in stream "${stream.name}".` };
  }
  return { do: 'replace', stream, app: only };
}

function keep({ wish, attributes }: Placement, stream: PlannedStream, app: App): Step {
  const pending = readStamp(app.description)?.pending === true;
  const reload = wish.options.reload === 'after' && pending;
  return { do: 'keep', stream, app, lacks: lackingAttributes(app, attributes), reload };
}

/** A reload on the target, or another tool's replace, moves its data away from the version that the stamp says. */
function hasOurData(there: App, app: App, { data, reload }: Options): boolean {
  return data === 'drop' || reload !== 'none' || there.lastReloadTime === app.lastReloadTime;
}

function pickStreams({ site, streams: wanted, options }: Wish, facts: TargetFacts) {
  const streams: PlannedStream[] = [];
  const missing: string[] = [];
  const refusals: string[] = [];
  const where = `site "${site.name}"`;
  for (const name of wanted) {
    const found = facts.streams.filter(stream => stream.name === name);
    const [only] = found;
    if (found.length > 1) {
      const ids = found.map(stream => stream.id).join(', ');
      refusals.push(`${where} has ${found.length} streams called "${name}" (${ids}); rename all but one.`);
    } else if (only) streams.push({ id: only.id, name });
    else if (options.missingStream === 'create') streams.push({ id: undefined, name });
    else missing.push(name);
  }
  const names = missing.map(name => `"${name}"`).join(', ');
  if (missing.length > 0 && options.missingStream === 'fail')
    refusals.push(`${where} has no stream ${names}.`);
  else if (missing.length === wanted.length) {
    refusals.push(
      `${where} has none of the wanted streams: ${names}. Has ${site.user} the right to see them?`,
    );
  }
  return { streams, missing, refusals };
}

function twins(site: Site, stream: PlannedStream, apps: readonly App[]): string {
  const ids = apps.map(app => app.id).join(', ');
  const name = apps[0]?.name;
  return (
    `on site "${site.name}" stream "${stream.name}" has ${apps.length} apps called "${name}" (${ids}); ` +
    `which one to replace is a guess, so remove or rename all but one.`
  );
}
