import type { App, Tag } from '../qrs/entities.ts';
import type { Site } from '../sites/sites.ts';
import { planTarget } from './plan-target.ts';
import type { AppPlan, DonePlan, Plan, TargetPlan } from './planned.ts';
import type { Spec } from './spec.ts';
import { NOTHING, type Survey, type SurveyedApp } from './survey.ts';
import { addressDigest } from './version.ts';

const NO_DONE: DonePlan = { tag: undefined, properties: [], unpublish: false, loseOthers: false };

/** Decides. Pure: no clock, no log, nothing asked of a site. */
export function plan(spec: Spec, survey: Survey): Plan {
  const apps = survey.apps.map(surveyed => planApp(spec, survey, surveyed));
  const { from, at, missing } = survey;
  const warnings = warnOfSameSites(survey);
  return { from, at, apps: refuseCollisions(apps), refusals: missing, warnings, leftovers: [] };
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
  const plain = { app, file, targets: [], archive: undefined, done: NO_DONE, sites: survey.sites };
  if (!wishes.asks && tagged) {
    return { ...plain, verdict: 'untag', reasons: [`${wishes.reason}, so it is no longer promoted`] };
  }
  if (tagged) return { ...plain, verdict: 'skip', reasons: [`it is already tagged "${spec.done.tag}"`] };
  if (unmet.length > 0) return { ...plain, verdict: 'skip', reasons: unmet };
  if (wishes.refusals.length > 0) return { ...plain, verdict: 'refuse', reasons: wishes.refusals };
  if (wishes.reason !== undefined) return { ...plain, verdict: 'skip', reasons: [wishes.reason] };
  const { name, names } = survey.from;
  const at = addressDigest(survey.from);
  const from = { site: name, names, at, app: app.id, modified: app.modifiedDate, data: true };
  const origin = file?.origin ?? from;
  const planned = wishes.wishes.map(wish =>
    planTarget(file ? undefined : survey.from, app, origin, wish, survey.targets.get(wish.site) ?? NOTHING),
  );
  const reasons = [...planned.flatMap(({ refusals }) => refusals), ...refuseUnpublish(spec, app)];
  const targets = planned.map(({ target }) => target);
  if (reasons.length > 0) return { ...plain, verdict: 'refuse', reasons, targets };
  const done = file ? NO_DONE : doneOf(spec, survey.doneTag, app);
  return {
    ...plain,
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
    loseOthers: done.loseOthers,
  };
}
