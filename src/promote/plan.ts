import type { App, Stream, Tag } from '../qrs/entities.ts';
import type { Site } from '../sites/sites.ts';
import type { Mode, Spec } from './spec.ts';
import { type Origin, readStamp, sameOrigin } from './stamp.ts';
import type { Survey, SurveyedApp, TargetFacts } from './survey.ts';
import type { Wish } from './wish.ts';
import { isWorkingCopy } from './working-copy.ts';

/** What will be done. Made of facts alone, and carried out as it is. */
export interface Plan {
  from: Site;
  apps: readonly AppPlan[];
  /** Refusals that concern no single app. */
  refusals: readonly string[];
}

export interface AppPlan {
  app: App;
  verdict: 'promote' | 'untag' | 'skip' | 'refuse';
  /** Why it is skipped or refused; a sentence or part of one each. */
  reasons: readonly string[];
  targets: readonly TargetPlan[];
  /** The tag that the app gets when all its targets are done. Without an id it is made first. */
  tag: { name: string; id: string | undefined } | undefined;
}

export interface TargetPlan {
  site: Site;
  mode: Mode;
  /** The app's name on the target. */
  name: string;
  steps: readonly Step[];
  /** Wanted streams that the site does not have. */
  missing: readonly string[];
  /** What an interrupted run left, to be removed. */
  leftovers: readonly App[];
  /** What the description will say; undefined where it is to say nothing. */
  origin: Origin | undefined;
}

export type Step =
  | { do: 'replace'; stream: Stream; app: App }
  | { do: 'publish'; stream: Stream }
  /** This very version is there already. */
  | { do: 'keep'; stream: Stream; app: App };

/** Decides. Pure: no clock, no log, nothing asked of a site. */
export function plan(spec: Spec, survey: Survey): Plan {
  const apps = survey.apps.map(surveyed => planApp(spec, survey, surveyed));
  return { from: survey.from, apps: refuseCollisions(apps), refusals: survey.missing };
}

/** Two apps of one name on their way to one stream: the second would replace the first, or be its twin. */
function refuseCollisions(apps: readonly AppPlan[]): AppPlan[] {
  const places = (plan: AppPlan) =>
    plan.verdict === 'promote'
      ? plan.targets.flatMap(({ site, name, steps }) =>
          steps.map(({ stream }) => `${site.name}\n${stream.id}\n${name}`),
        )
      : [];
  return apps.map(plan => {
    const mine = new Set(places(plan));
    const rival = apps.find(other => other !== plan && places(other).some(place => mine.has(place)));
    if (!rival) return plan;
    const reason = `app ${rival.app.id} has the same name and goes to the same stream; promote one of the two.`;
    return { ...plan, verdict: 'refuse', reasons: [`${plan.app.id}: ${reason}`] };
  });
}

/** Whether anything at all may be changed: with `on-refusal: stop`, one refusal holds everything back. */
export function isStopped(spec: Spec, { apps, refusals }: Plan): boolean {
  const refused = refusals.length > 0 || apps.some(({ verdict }) => verdict === 'refuse');
  return refused && spec.onRefusal === 'stop';
}

function planApp(spec: Spec, survey: Survey, { app, tagged, wishes }: SurveyedApp): AppPlan {
  const plain = { app, targets: [], tag: undefined };
  if (!wishes.asks && tagged) {
    return { ...plain, verdict: 'untag', reasons: [`${wishes.reason}, so it is no longer promoted`] };
  }
  if (tagged) return { ...plain, verdict: 'skip', reasons: [`it is already tagged "${spec.doneTag}"`] };
  if (wishes.refusals.length > 0) return { ...plain, verdict: 'refuse', reasons: wishes.refusals };
  if (wishes.wishes.length === 0) return { ...plain, verdict: 'skip', reasons: [wishes.reason ?? ''] };
  const origin = { site: survey.from.name, app: app.id, modified: app.modifiedDate };
  const planned = wishes.wishes.map(wish => {
    const facts = survey.targets.get(wish.site) ?? { streams: [], apps: [] };
    return planTarget(spec, survey.from, app, origin, wish, facts);
  });
  const reasons = planned.flatMap(({ refusals }) => refusals);
  const targets = planned.map(({ target }) => target);
  if (reasons.length > 0) return { ...plain, verdict: 'refuse', reasons, targets };
  return { app, verdict: 'promote', reasons: [], targets, tag: tagFor(spec, survey.doneTag) };
}

function tagFor(spec: Spec, known: Tag | undefined): AppPlan['tag'] {
  return spec.doneTag === undefined ? undefined : { name: spec.doneTag, id: known?.id };
}

function planTarget(
  spec: Spec,
  from: Site,
  app: App,
  origin: Origin,
  wish: Wish,
  facts: TargetFacts,
): { target: TargetPlan; refusals: string[] } {
  const { streams, missing, refusals } = pickStreams(spec, wish, facts);
  const steps: Step[] = [];
  for (const stream of streams) {
    const step = planStep(from, app, origin, wish, stream, facts);
    if ('refusal' in step) refusals.push(step.refusal);
    else steps.push(step);
  }
  const target: TargetPlan = {
    site: wish.site,
    mode: wish.mode,
    name: app.name,
    steps,
    missing,
    leftovers: facts.apps.filter(one => isWorkingCopy(one, app.id)),
    origin: spec.describe ? origin : undefined,
  };
  return { target, refusals };
}

function planStep(
  from: Site,
  app: App,
  origin: Origin,
  { site, mode }: Wish,
  stream: Stream,
  facts: TargetFacts,
): Step | { refusal: string } {
  const there = facts.apps.filter(
    one => one.published && one.stream?.id === stream.id && one.name === app.name,
  );
  const stamped = there.find(one => sameOrigin(readStamp(one.description), origin));
  const [only, second] = there;
  if (mode === 'duplicate') return stamped ? keep(stream, stamped) : { do: 'publish', stream };
  if (!only) return { do: 'publish', stream };
  if (second) return { refusal: twins(site, stream, there) };
  // A reload on the target, or another tool's replace, moves its data away from the version that the stamp says.
  if (stamped && stamped.lastReloadTime === app.lastReloadTime) return keep(stream, stamped);
  if (site.url === from.url && only.id === app.id) {
    return { refusal: `on site "${site.name}" it would replace itself in stream "${stream.name}".` };
  }
  return { do: 'replace', stream, app: only };
}

function keep(stream: Stream, app: App): Step {
  return { do: 'keep', stream, app };
}

function pickStreams(spec: Spec, wish: Wish, facts: TargetFacts) {
  const streams: Stream[] = [];
  const missing: string[] = [];
  const refusals: string[] = [];
  const where = `site "${wish.site.name}"`;
  for (const name of wish.streams) {
    const found = facts.streams.filter(stream => stream.name === name);
    const [only] = found;
    if (found.length > 1) {
      const ids = found.map(stream => stream.id).join(', ');
      refusals.push(`${where} has ${found.length} streams called "${name}" (${ids}); rename all but one.`);
    } else if (only) streams.push(only);
    else missing.push(name);
  }
  const names = missing.map(name => `"${name}"`).join(', ');
  if (missing.length > 0 && spec.missingStream === 'fail') refusals.push(`${where} has no stream ${names}.`);
  else if (missing.length === wish.streams.length) {
    refusals.push(
      `${where} has none of the wanted streams: ${names}. Has ${wish.site.user} the right to see them?`,
    );
  }
  return { streams, missing, refusals };
}

function twins(site: Site, stream: Stream, apps: readonly App[]): string {
  const ids = apps.map(app => app.id).join(', ');
  const name = apps[0]?.name;
  return (
    `on site "${site.name}" stream "${stream.name}" has ${apps.length} apps called "${name}" (${ids}); ` +
    `which one to replace is a guess, so remove or rename all but one.`
  );
}
