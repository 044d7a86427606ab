import type { Site } from '../../sites/site.ts';
import type { Spec } from '../spec.ts';
import type { Survey, SurveyedApp } from '../survey/facts.ts';
import { addressKey, sameAddress, sourceDigest } from '../version.ts';
import { type Frames, framesByWish } from './frame.ts';
import { inPlace } from './place.ts';
import { planDone, refuseUnpublish } from './plan-done.ts';
import { type Planned, planTarget } from './plan-target.ts';
import type { AppPlan, Leftovers, Plan, TargetPlan } from './planned.ts';
import { planWarnings } from './warnings.ts';

/** Plans a promotion. Pure: no clock, no log, no calls to a site. */
export function plan(spec: Spec, survey: Survey): Plan {
  const frameFor = framesByWish();
  const apps = survey.apps.map(one => planApp(spec, survey, one, frameFor));
  const { from, at, missing } = survey;
  return {
    from,
    at,
    apps: refuseCollisions(apps),
    refusals: missing,
    warnings: planWarnings(survey, apps),
    leftovers: leftoversOf(survey),
  };
}

/** Whether a refusal stops the whole run: with `on-refusal: stop`, one refusal does. */
export function isHeldBack(spec: Spec, { apps, refusals }: Plan): boolean {
  const refused = refusals.length > 0 || apps.some(({ verdict }) => verdict === 'refuse');
  return refused && spec.onRefusal === 'stop';
}

/** Two entries with one address are one site, whose working copies appear twice. */
function leftoversOf({ copies }: Survey): Leftovers[] {
  const byAddress = new Map<string, Leftovers>();
  for (const [site, { removable, held }] of copies) {
    const address = addressKey(site);
    if (!byAddress.has(address) && removable.length + held.length > 0)
      byAddress.set(address, { site, removable, held });
  }
  return [...byAddress.values()];
}

/** Two apps of one name for one stream: the second would replace the first, or become its twin. */
function refuseCollisions(apps: readonly AppPlan[]): AppPlan[] {
  const rivals = new Map<AppPlan, AppPlan>();
  for (const namesakes of namesakesOf(apps)) {
    const places = new Map<string, AppPlan>();
    for (const app of namesakes) {
      for (const place of new Set(app.targets.flatMap(placesOf))) {
        const other = places.get(place);
        if (other) rivals.set(other, app).set(app, other);
        else places.set(place, app);
      }
    }
  }
  return apps.map(app => {
    const rival = rivals.get(app);
    if (!rival) return app;
    const reason = `app ${rival.app.id} has the same name and goes to the same stream; promote one of the two.`;
    return { ...app, verdict: 'refuse', reasons: [`${app.app.id}: ${reason}`] };
  });
}

/** The groups of apps that get the same name on some target. Only their places have to be compared. */
function namesakesOf(apps: readonly AppPlan[]): AppPlan[][] {
  const named = apps
    .filter(({ verdict }) => verdict === 'promote')
    .flatMap(app => [...new Set(app.targets.map(({ name }) => name))].map(name => ({ app, name })));
  const groups = Map.groupBy(named, ({ name }) => name);
  return [...groups.values()].filter(({ length }) => length > 1).map(group => group.map(({ app }) => app));
}

/** An app that a target names by its id is compared by that id. */
function placesOf({ site, name, app, steps }: TargetPlan): string[] {
  if (app !== undefined) return [];
  const address = addressKey(site);
  return steps.map(({ stream }) => [address, stream.name, name].join('\n'));
}

function planApp(spec: Spec, survey: Survey, one: SurveyedApp, frameFor: Frames): AppPlan {
  const { app, file, unmet, tagged, wishes, objects } = one;
  const done = planDone(spec, undefined, undefined);
  const content = objects && sourceDigest(app, objects, false);
  const plain = { app, file, targets: [], archive: undefined, done, content, sites: survey.sites };
  if (!wishes.asks && tagged) {
    return { ...plain, verdict: 'untag', reasons: [`${wishes.reason}, so it is no longer promoted`] };
  }
  if (tagged) return { ...plain, verdict: 'skip', reasons: [`it is already tagged "${spec.done.tag}"`] };
  if (unmet.length > 0) return { ...plain, verdict: 'skip', reasons: unmet };
  if (wishes.reason !== undefined) return { ...plain, verdict: 'skip', reasons: [wishes.reason] };
  const planned = planTargets(one, survey, frameFor);
  const targets = planned.map(({ target }) => target);
  const rivals = onOneSite(targets);
  const reasons = [
    ...wishes.refusals,
    ...planned.flatMap(({ refusals }) => refusals),
    ...refuseLost(spec, targets),
    ...refuseOneSiteTwice(rivals),
    ...refuseOneAppTwice(rivals),
    ...refuseFolders(spec, survey, targets, file !== undefined),
    ...(file ? [] : refuseUnpublish(spec, one, survey.from)),
  ];
  if (reasons.length > 0) return { ...plain, verdict: 'refuse', reasons, targets };
  if (file) return { ...plain, verdict: 'promote', reasons, targets };
  const [tag] = survey.doneTags;
  return {
    ...plain,
    verdict: 'promote',
    reasons,
    targets,
    archive: spec.archive,
    done: planDone(spec, tag, one),
  };
}

function planTargets(one: SurveyedApp, survey: Survey, frameFor: Frames): Planned[] {
  const { targets, from, compares } = survey;
  const { wishes } = one.wishes;
  return wishes.flatMap((wish, index) => {
    const facts = targets.get(wish.site);
    const earlier = wishes.slice(0, index).filter(({ site }) => sameAddress(site, wish.site)).length;
    if (!facts) return [];
    return [planTarget(one, { wish, facts, frame: frameFor(wish, facts), from, earlier, compares })];
  });
}

/** A site that does not answer loses its targets, and an app loses with all of its targets. */
function refuseLost({ onRefusal }: Spec, targets: readonly TargetPlan[]): string[] {
  const lost = targets.flatMap(target => (target.lost === undefined ? [] : [target.lost]));
  return onRefusal === 'skip' && lost.length < targets.length ? [] : lost;
}

/** The targets that share their site with another one, by the site's address. */
function onOneSite(targets: readonly TargetPlan[]): TargetPlan[][] {
  const byAddress = Map.groupBy(targets, ({ site }) => addressKey(site));
  return [...byAddress.values()].filter(({ length }) => length > 1);
}

/** A stream under two names of its site would get the app twice. */
function refuseOneSiteTwice(rivals: readonly TargetPlan[][]): string[] {
  const seen = new Map<string, Site>();
  const refusals = new Set<string>();
  for (const target of rivals.flat()) {
    for (const place of placesOf(target)) {
      const other = seen.get(place);
      if (other)
        refusals.add(`sites "${other.name}" and "${target.site.name}" have one address; keep one target.`);
      seen.set(place, target.site);
    }
  }
  return [...refusals];
}

/** An app that two targets of one site mean, by its id or by name and stream, would be replaced twice. */
function refuseOneAppTwice(rivals: readonly TargetPlan[][]): string[] {
  const refusals = new Set<string>();
  for (const targets of rivals) {
    const seen = new Map<string, TargetPlan>();
    for (const target of targets) {
      for (const step of target.steps) {
        if (step.do === 'publish') continue;
        const { id, name } = step.app;
        const other = seen.get(id) ?? target;
        if (other !== target)
          refusals.add(
            `two targets on site "${target.site.name}" mean app ${id} ("${name}" ${inPlace(step.stream)}); keep one of them.`,
          );
        seen.set(id, other);
      }
    }
  }
  return [...refusals];
}

/** A folder that cannot be used would be found only after the app has travelled. */
function refuseFolders(
  { archive }: Spec,
  { unusable }: Survey,
  targets: readonly TargetPlan[],
  fromFile: boolean,
): string[] {
  const backups = targets.flatMap(({ steps, options }) =>
    steps.some(step => step.do === 'replace') && options.backup !== undefined ? [options.backup] : [],
  );
  const wanted = new Set([...backups, ...(archive === undefined || fromFile ? [] : [archive])]);
  return [...wanted].flatMap(folder => {
    const why = unusable.get(folder);
    return why === undefined
      ? []
      : [`the folder ${folder} cannot be used: ${why}. Give a folder that this user can write.`];
  });
}
