import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { plan } from '../../src/promote/plan/plan.ts';
import type { AppPlan, Step, TargetPlan } from '../../src/promote/plan/planned.ts';
import { NO_RELOAD_TASKS } from '../../src/promote/reload-task/reload-task-facts.ts';
import { linesAhead } from '../../src/promote/report/report.ts';
import { readSpec, type Spec } from '../../src/promote/spec.ts';
import { stamp } from '../../src/promote/stamp.ts';
import { type LiveApp, liveByName, type Survey, type TargetFacts } from '../../src/promote/survey/facts.ts';
import { NO_NAMES } from '../../src/promote/survey/survey-names.ts';
import { wishesOf } from '../../src/promote/survey/wish.ts';
import type { Stream, Tag } from '../../src/qrs/entities.ts';
import { plainApp } from '../plain-app.ts';
import { plainSite } from '../plain-site.ts';

/** The plan is a function: total, the same for the same facts in any order, and empty after its own execution. */

const [dev, test1, prod] = [plainSite('dev'), plainSite('test'), plainSite('prod')];
const SITES = [dev, test1, prod];
const id = (kind: number, number: number) =>
  `${kind}0000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const STREAMS = ['One', 'Two', 'Three'];
const NAMES = ['Sales', 'Stock', 'O\'Neil & "Co"'];
const TAG: Tag = { id: id(9, 1), name: 'Promoted' };
const target = (name: string) =>
  fc.record({
    site: fc.constant(name),
    streams: fc.uniqueArray(fc.constantFrom(...STREAMS), { minLength: 1 }),
    mode: fc.constantFrom('overwrite', 'duplicate'),
    'missing-stream': fc.constantFrom('skip', 'fail', 'create'),
    data: fc.constantFrom('keep', 'drop', 'refresh'),
    'allow-empty': fc.boolean(),
  });
const spec = fc
  .record({
    from: fc.constant('dev'),
    apps: fc.constant([{ filter: 'all' }]),
    'on-refusal': fc.constantFrom('stop', 'skip'),
    to: fc.oneof(
      target('test').map(one => [one]),
      fc.tuple(target('test'), target('prod')),
    ),
    done: fc.constantFrom({}, { tag: TAG.name }),
  })
  .map(value => readSpec({ from: 'promote', text: JSON.stringify(value) }));

/** What a target has: some of the streams, and some apps in them, by number; one more in a stream is a namesake. */
const place = fc.record({
  streams: fc.uniqueArray(fc.constantFrom(...STREAMS)),
  live: fc.array(fc.record({ name: fc.constantFrom(...NAMES), stream: fc.constantFrom(...STREAMS) }), {
    maxLength: 5,
  }),
  lost: fc.constantFrom(undefined, undefined, undefined, 'Site is away.'),
});
type Place = typeof place extends fc.Arbitrary<infer T> ? T : never;

const world = fc.record({
  spec,
  apps: fc.array(fc.record({ name: fc.constantFrom(...NAMES), tagged: fc.boolean(), unmet: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  }),
  test: place,
  prod: place,
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function factsOf({ streams, live, lost }: Place, kind: number): TargetFacts {
  const all = new Map(streams.map((name, index): [string, Stream] => [name, { id: id(kind, index), name }]));
  const apps = live.flatMap(({ name, stream }, index) => {
    const in_ = all.get(stream);
    return in_ ? [plainApp({ id: id(kind + 2, index), name, published: true, stream: in_ })] : [];
  });
  return {
    ...NO_NAMES,
    lost,
    odd: [],
    streams: new Map([...all].map(([name, stream]) => [name, [stream]])),
    live: liveByName(apps),
    byId: new Map(),
    keepsData: undefined,
    unseen: undefined,
    objects: new Map(),
    tasks: [],
    mayMakeTasks: undefined,
    reloadTasks: NO_RELOAD_TASKS,
    copies: { removable: [], held: [] },
  };
}

function surveyOf(given: World): Survey {
  return {
    from: dev,
    sites: SITES,
    at: 0,
    compares: true,
    unusable: new Map(),
    unseen: undefined,
    apps: given.apps.map(({ name, tagged, unmet }, index) => {
      const source = plainApp({ id: id(1, index), name });
      return {
        app: source,
        file: undefined,
        unmet: unmet ? ['it is not approved'] : [],
        tagged: tagged && given.spec.done.tag !== undefined,
        wishes: wishesOf(source, given.spec.to, SITES),
        origin: { site: 'dev', app: source.id, modified: source.modifiedDate, data: true },
        objects: undefined,
      };
    }),
    missing: [],
    gone: [],
    doneTags: [TAG],
    targets: new Map([
      [test1, factsOf(given.test, 3)],
      [prod, factsOf(given.prod, 4)],
    ]),
    alike: [],
    nodes: new Map(),
    copies: new Map(),
  };
}

const decided = (given: Spec, survey: Survey) =>
  plan(given, survey).apps.map(one => ({
    id: one.app.id,
    verdict: one.verdict,
    reasons: one.reasons,
    steps: stepsOf(one),
  }));

const stepsOf = ({ targets }: AppPlan) =>
  targets.map(({ site: at, missing, steps }) => ({
    at: at.name,
    missing,
    steps: steps.map(step => [step.do, step.stream.name, 'app' in step ? step.app.id : '']),
  }));

test('plan: it never throws, changes no fact, and says every line of itself', () =>
  fc.assert(
    fc.property(world, given => {
      const survey = surveyOf(given);
      const before = JSON.stringify(
        [...survey.targets.values()].map(({ live, streams }) => [[...live], [...streams]]),
      );
      const made = plan(given.spec, survey);
      assert.equal(made.apps.length, given.apps.length);
      assert.ok(linesAhead(made).every(line => line.trim().length > 0));
      for (const one of made.apps.filter(({ verdict }) => verdict === 'refuse'))
        assert.ok(one.reasons.length > 0);
      const after = JSON.stringify(
        [...survey.targets.values()].map(({ live, streams }) => [[...live], [...streams]]),
      );
      assert.equal(after, before);
    }),
  ));

test('plan: the same facts give the same plan, in whatever order they were read', () =>
  fc.assert(
    fc.property(world, given => {
      const survey = surveyOf(given);
      const once = decided(given.spec, survey);
      assert.deepEqual(decided(given.spec, survey), once);
      const turned: Survey = {
        ...survey,
        apps: survey.apps.toReversed(),
        targets: new Map([...survey.targets].toReversed().map(([at, facts]) => [at, turnedFacts(facts)])),
      };
      const byId = (one: { id: string }, other: { id: string }) => one.id.localeCompare(other.id);
      assert.deepEqual(decided(given.spec, turned).sort(byId).map(unordered), once.sort(byId).map(unordered));
    }),
  ));

/** The sentence of a refusal may list the same ids in another order. */
const unordered = <T extends { reasons: readonly string[] }>(one: T) => ({
  ...one,
  reasons: one.reasons.length,
});

const turnedFacts = (facts: TargetFacts): TargetFacts => ({
  ...facts,
  streams: new Map([...facts.streams].toReversed()),
  live: new Map([...facts.live].toReversed().map(([name, apps]) => [name, apps.toReversed()])),
});

test('plan: after its own execution there is nothing to do', () =>
  fc.assert(
    fc.property(world, given => {
      const survey = surveyOf(given);
      const made = plan(given.spec, survey);
      const again = plan(given.spec, executed(survey, made.apps));
      for (const [index, { verdict, targets }] of again.apps.entries()) {
        const first = made.apps[index];
        if (first?.verdict !== 'promote') {
          assert.equal(verdict, first?.verdict);
          continue;
        }
        const there = targets.filter(({ lost }) => lost === undefined);
        assert.ok(['promote', 'skip'].includes(verdict), verdict);
        assert.deepEqual(
          there.flatMap(({ steps }) => steps).filter(step => step.do !== 'keep'),
          [],
        );
      }
    }),
  ));

/** The facts once the plan has been carried out: each place has the app, with its stamp. */
function executed(survey: Survey, apps: readonly AppPlan[]): Survey {
  const targets = new Map(survey.targets);
  let made = 0;
  for (const { verdict, targets: planned } of apps) {
    if (verdict !== 'promote') continue;
    for (const one of planned) {
      const facts = targets.get(one.site) ?? assert.fail(one.site.name);
      for (const step of one.steps) {
        made += 1;
        targets.set(one.site, placed(targets.get(one.site) ?? facts, one, step, made));
      }
    }
  }
  const promoted = new Set(apps.filter(({ verdict }) => verdict === 'promote').map(one => one.app.id));
  const tagged = (one: Survey['apps'][number], done: AppPlan | undefined) =>
    one.tagged ||
    (promoted.has(one.app.id) && done?.done.tag !== undefined && done.targets.every(({ lost }) => !lost));
  return {
    ...survey,
    targets,
    apps: survey.apps.map((one, index) => ({ ...one, tagged: tagged(one, apps[index]) })),
  };
}

function placed(facts: TargetFacts, { name, origin }: TargetPlan, step: Step, number: number): TargetFacts {
  if (step.do === 'keep' || !origin) return facts;
  const stream = { id: step.stream.id ?? id(8, STREAMS.indexOf(step.stream.name)), name: step.stream.name };
  const description = stamp('', origin, 'run r');
  const now =
    step.do === 'replace'
      ? { ...step.app, description }
      : plainApp({ id: id(7, number), name, published: true, stream, description });
  const others = [...facts.live.values()].flat().filter((one: LiveApp) => one.id !== now.id);
  return {
    ...facts,
    streams: new Map([...facts.streams, [stream.name, [stream]]]),
    live: liveByName([...others, now]),
  };
}
