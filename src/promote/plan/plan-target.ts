import { reloadRefusals } from '../../reload/app.ts';
import type { Site } from '../../sites/site.ts';
import { bringsData, mayNotEmpty } from '../options.ts';
import { planReloadTask } from '../reload-task/plan-reload-task.ts';
import type { Origin } from '../stamp.ts';
import { type Evidence, evidenceFor, originFor } from '../survey/evidence.ts';
import { liveByStream, type StampedApp, type SurveyedApp, type TargetFacts } from '../survey/facts.ts';
import { nameThere, type Wish } from '../survey/wish.ts';
import { sameAddress, showsScript } from '../version.ts';
import { type Attributes, lackingAttributes } from './attributes.ts';
import type { Frame } from './frame.ts';
import { inPlace, type PlannedPlace, unreadable } from './place.ts';
import type { KeepStep, PlannedStream, Step, TargetPlan } from './planned.ts';
import { laterTwins } from './twins.ts';
import { type WhatChanges, whatChanges } from './what-changes.ts';

/** A plan for one target, and why it is refused, if so: sentences or parts of sentences. */
export interface Planned {
  target: TargetPlan;
  refusals: readonly string[];
}

/** The most working copies of one target. */
const COPIES = 10_000;

interface Target {
  wish: Wish;
  facts: TargetFacts;
  frame: Frame;
  /** The source site. */
  from: Site;
  /** How many targets the app has on that site before this one. */
  earlier: number;
  /** Whether the plan says what a replace changes. */
  compares: boolean;
}

/** Plans what happens to one app on one target site. Pure. */
export function planTarget(
  one: SurveyedApp,
  { wish, facts, frame, from, earlier, compares }: Target,
): Planned {
  const { site, mode, options, app } = wish;
  const name = facts.byId.get(app ?? '')?.name ?? nameThere(one.app, wish);
  const { lost } = facts;
  const origin = originFor(one, options);
  const copies = earlier * COPIES;
  const about = {
    site,
    mode,
    app,
    name,
    copies,
    options,
    lost,
    origin: options.describe ? origin : undefined,
  };
  if (lost !== undefined) return { target: { ...about, ...NOTHING }, refusals: [] };
  const { streams, missing, refusals } = frame;
  const attributes = { ...frame.attributes, name };
  const placement: Placement = { one, origin, wish, attributes, facts, from, compares };
  const live = liveByStream(facts, name, one.app.id);
  const places = frame.places ?? streams.map(stream => ({ stream, apps: live.get(stream.id ?? '') ?? [] }));
  const planned = places.map(place => planStep(placement, place));
  const steps = planned.flatMap(({ step }) => step ?? []);
  const tasks = planReloadTask(frame.task, { name, steps, site }, facts);
  const target: TargetPlan = {
    ...about,
    attributes,
    steps,
    reloadTask: tasks.plan,
    missing,
    make: canBeCopied(placement) ? 'copy' : 'upload',
    twins: planned.flatMap(({ later = [] }) => later),
  };
  const refused = planned.flatMap(({ refusal }) => refusal ?? []);
  return { target, refusals: [...refusals, ...unreadable(wish, name, facts), ...refused, ...tasks.refusals] };
}

const NOTHING = {
  attributes: { owner: undefined, tags: [], properties: [] },
  steps: [],
  reloadTask: undefined,
  missing: [],
  make: 'upload',
  twins: [],
} as const;

interface Placement {
  one: SurveyedApp;
  origin: Origin;
  wish: Wish;
  attributes: Attributes;
  facts: TargetFacts;
  from: Site;
  compares: boolean;
}

/** Within one site nothing travels, provided that the user sees all that a copy must carry. */
function canBeCopied({ one, wish: { site, options }, facts, from }: Placement): boolean {
  if (one.file || !bringsData(options) || options.connections === 'drop') return false;
  return showsScript(facts.objects.get(one.app.id) ?? []) && sameAddress(site, from);
}

interface PlannedStep {
  step?: Step;
  /** Twins to be removed. */
  later?: readonly StampedApp[];
  refusal?: string;
}

function planStep(placement: Placement, { stream, apps: all }: PlannedPlace): PlannedStep {
  const { one, origin, wish, facts, from } = placement;
  const { site, mode } = wish;
  const later = laterTwins(all, one.origin.app, facts);
  const there = all.filter(app => !later.includes(app));
  const [kept] = there.flatMap(app => {
    const evidence = evidenceFor(app, origin, { app: one.app, wish, facts });
    return evidence ? [keep(placement, stream, app, evidence)] : [];
  });
  if (wish.options.data === 'target' && (mode === 'duplicate' || all.length === 0))
    return { refusal: noDataThere(placement, stream) };
  if (mode === 'duplicate') return { step: kept ?? { do: 'publish', stream }, later };
  const [only, second] = there;
  if (!only) return { step: { do: 'publish', stream } };
  if (second) return { refusal: severalApps(site, stream, there) };
  if (kept) return { ...reloadable(placement, kept), later };
  if (!one.file && only.id === one.app.id && sameAddress(site, from)) {
    return { refusal: `on site "${site.name}" it would replace itself ${inPlace(stream)}.` };
  }
  const refusal = wouldBeEmpty(placement, stream);
  if (refusal !== undefined) return { refusal };
  return {
    ...reloadable(placement, { do: 'replace', stream, app: only, ...changesOf(placement, only) }),
    later,
  };
}

/** `data: target` keeps the data of an app that is there. */
function noDataThere({ wish: { site, mode } }: Placement, stream: PlannedStream): string {
  const why = mode === 'duplicate' ? 'a duplicate replaces none' : 'there is none of that name';
  return `on site "${site.name}" no app ${inPlace(stream)} could keep its data ("data: target"): ${why}.`;
}

function changesOf({ one, facts, compares }: Placement, live: StampedApp): { changes?: WhatChanges } {
  if (!compares || one.file) return {};
  return { changes: whatChanges(one, live, facts.objects.get(live.id) ?? []) };
}

function keep(
  { wish, attributes }: Placement,
  stream: PlannedStream,
  app: StampedApp,
  evidence: Evidence,
): KeepStep {
  const pending = app.stamp?.pending === true;
  const reload = wish.options.reload === 'after' && pending;
  return { do: 'keep', stream, app, lacks: lackingAttributes(app, attributes), reload, ...evidence };
}

function wouldBeEmpty({ wish: { site, options } }: Placement, stream: PlannedStream): string | undefined {
  if (!mayNotEmpty(options)) return undefined;
  return (
    `on site "${site.name}" the live app ${inPlace(stream)} would lose its data ("data: drop"); ` +
    'have it reloaded first ("reload: before"), or say "allow-empty: true" if that is meant.'
  );
}

/** Refuses, before the app goes live, a reload afterwards that must fail. */
function reloadable(
  { wish: { site, options }, facts }: Placement,
  step: Exclude<Step, { do: 'publish' }>,
): PlannedStep {
  const due = options.reload === 'after' && (step.do === 'replace' || step.reload);
  const [refusal] = due
    ? [...reloadRefusals(step.app, facts.tasks, site.name), ...mayNotMake(step.app, facts, site)]
    : [];
  return refusal === undefined ? { step } : { refusal };
}

function mayNotMake(app: StampedApp, { tasks, mayMakeTasks }: TargetFacts, { name, user }: Site): string[] {
  if (mayMakeTasks !== false || tasks.some(task => task.app?.id === app.id)) return [];
  return [
    `${user} may not create the task that reloads app "${app.name}" on site "${name}" ("reload: after").`,
  ];
}

function severalApps(site: Site, stream: PlannedStream, apps: readonly StampedApp[]): string {
  const ids = apps.map(app => app.id).join(', ');
  const name = apps[0]?.name;
  return (
    `on site "${site.name}" stream "${stream.name}" has ${apps.length} apps called "${name}" (${ids}); ` +
    `which one to replace is a guess, so remove or rename all but one.`
  );
}
