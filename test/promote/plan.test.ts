import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHeldBack, plan } from '../../src/promote/plan/plan.ts';
import { NO_RELOAD_TASKS } from '../../src/promote/reload-task/reload-task-facts.ts';
import { readSpec, type Spec } from '../../src/promote/spec.ts';
import { stamp } from '../../src/promote/stamp.ts';
import {
  liveByName,
  type Survey,
  type SurveyedApp,
  type TargetFacts,
} from '../../src/promote/survey/facts.ts';
import { NO_NAMES } from '../../src/promote/survey/survey-names.ts';
import { wishesOf } from '../../src/promote/survey/wish.ts';
import type { AppObject } from '../../src/qrs/apps/objects.ts';
import type { App, Stream } from '../../src/qrs/entities.ts';
import { plainSite } from '../plain-site.ts';

/** What a promotion will do, and what it refuses, by what a survey has found (docs/promotion.md). */

const [dev, target, prod] = [plainSite('dev'), plainSite('test'), plainSite('prod')];
const SITES = [dev, target, prod];
const DATE = '2026-11-22T10:00:00.000Z';
const LATER = '2026-11-22T11:00:00.000Z';
const id = (number: number) => `${String(number).padStart(8, '0')}-0000-4000-8000-000000000000`;
const everyone: Stream = { id: id(90), name: 'Everyone' };
const review: Stream = { id: id(91), name: 'Review' };
const TAG = { id: id(92), name: 'Promoted' };

const app = (number: number, more: Partial<App> = {}): App => ({
  id: id(number),
  name: 'Sales',
  createdDate: DATE,
  modifiedDate: DATE,
  modifiedByUserName: '',
  published: false,
  stream: null,
  description: '',
  tags: [],
  customProperties: [],
  lastReloadTime: DATE,
  ...more,
});
const live = (number: number, more: Partial<App> = {}) =>
  app(number, { published: true, stream: everyone, ...more });
/** As a run left it that brought this version of app 1. */
const promoted = (number: number, modified = DATE, more: Partial<App> = {}) =>
  live(number, {
    description: stamp('', { site: 'dev', app: id(1), modified, data: true, ...more }, 'run 1'),
    ...more,
  });

const facts = (apps: readonly App[], more: Partial<TargetFacts> = {}): TargetFacts => ({
  ...NO_NAMES,
  lost: undefined,
  odd: [],
  streams: new Map([everyone, review].map(stream => [stream.name, [stream]])),
  live: liveByName(apps),
  byId: new Map(),
  objects: new Map(),
  tasks: [],
  mayMakeTasks: undefined,
  keepsData: undefined,
  unseen: undefined,
  reloadTasks: NO_RELOAD_TASKS,
  copies: { removable: [], held: [] },
  ...more,
});

const specOf = (text: string): Spec =>
  readSpec({ from: 'promote', text: `from: dev\napps: [{ filter: all }]\n${text}` });
const TO_TEST = 'to: [{ site: test, streams: [Everyone] }]';

function surveyOf(spec: Spec, apps: readonly Partial<SurveyedApp>[], more: Partial<Survey> = {}): Survey {
  return {
    from: dev,
    sites: SITES,
    at: 0,
    unusable: new Map(),
    unseen: undefined,
    compares: false,
    apps: apps.map((one, index) => {
      const source = one.app ?? app(index + 1);
      return {
        app: source,
        file: undefined,
        unmet: [],
        tagged: false,
        wishes: wishesOf(source, spec.to, SITES),
        origin: { site: 'dev', app: source.id, modified: source.modifiedDate, data: true },
        objects: undefined,
        ...one,
      };
    }),
    missing: [],
    gone: [],
    doneTags: [TAG],
    targets: new Map([
      [target, facts([])],
      [prod, facts([])],
    ]),
    alike: [],
    nodes: new Map(),
    copies: new Map(),
    ...more,
  };
}

/** The verdict on the only app, what happens in each stream, and why not. */
function planned(
  text: string,
  there: readonly App[] = [],
  one: Partial<SurveyedApp> = {},
  more: Partial<TargetFacts> = {},
) {
  const spec = specOf(text);
  const made = plan(spec, surveyOf(spec, [one], { targets: new Map([[target, facts(there, more)]]) }));
  const [first] = made.apps;
  const steps = first?.targets.flatMap(all =>
    all.steps.map(
      step => `${step.do} ${step.stream.name}${'app' in step ? ` ${Number(step.app.id.slice(0, 8))}` : ''}`,
    ),
  );
  return { verdict: first?.verdict, steps, reasons: first?.reasons ?? [], made, spec };
}

for (const [what, text, there, one, expected] of [
  ['a stream without the app gets it', TO_TEST, [], {}, ['promote', 'publish Everyone']],
  ['an app of the name is replaced', TO_TEST, [live(5)], {}, ['promote', 'replace Everyone 5']],
  [
    'an app of another name stays',
    TO_TEST,
    [live(5, { name: 'Stock' })],
    {},
    ['promote', 'publish Everyone'],
  ],
  ['this version is kept', TO_TEST, [promoted(5)], {}, ['promote', 'keep Everyone 5']],
  [
    'an earlier version is replaced',
    TO_TEST,
    [promoted(5)],
    { app: app(1, { modifiedDate: LATER }) },
    ['promote', 'replace Everyone 5'],
  ],
  [
    'a duplicate is published beside an app',
    'to: [{ site: test, streams: [Everyone], mode: duplicate }]',
    [live(5)],
    {},
    ['promote', 'publish Everyone'],
  ],
  [
    'a duplicate that is there is kept',
    'to: [{ site: test, streams: [Everyone], mode: duplicate }]',
    [live(5), promoted(6)],
    {},
    ['promote', 'keep Everyone 6'],
  ],
  ['a tagged app is done', `${TO_TEST}\ndone: { tag: Promoted }`, [], { tagged: true }, ['skip', '']],
  ['an app that does not meet the conditions', TO_TEST, [], { unmet: ['it is not approved'] }, ['skip', '']],
] satisfies [string, string, App[], Partial<SurveyedApp>, string[]][]) {
  test(`plan: ${what}`, () => {
    const { verdict, steps = [] } = planned(text, there, one);
    assert.deepEqual([verdict, steps.join()], expected);
  });
}

for (const [what, text, there, refusal, more] of [
  [
    'several apps of the name',
    TO_TEST,
    [live(5), live(6)],
    /on site "test" stream "Everyone" has 2 apps called "Sales" \(0+5-.*, 0+6-.*\); which one to replace is a guess/,
    {},
  ],
  [
    'a live app that would be empty',
    `${TO_TEST}\ndata: drop`,
    [live(5)],
    /would lose its data \("data: drop"\)/,
    {},
  ],
  [
    'an app of the name that cannot be used',
    TO_TEST,
    [],
    /an app of that name there cannot be used: it has no id/,
    { odd: [{ id: undefined, name: 'Sales', session: undefined, problem: 'it has no id' }] },
  ],
  [
    'an app whose name is not known',
    TO_TEST,
    [],
    /cannot be used/,
    { odd: [{ id: undefined, name: undefined, session: undefined, problem: 'it has no id' }] },
  ],
  ['a site that is away', TO_TEST, [], /Site "test" is away/, { lost: 'Site "test" is away.' }],
  [
    'a reload that nobody may start',
    `${TO_TEST}\nreload: after`,
    [live(5)],
    /INTERNAL\\sa_api may not create the task that reloads app "Sales" on site "test" \("reload: after"\)/,
    { mayMakeTasks: false },
  ],
] satisfies [string, string, App[], RegExp, Partial<TargetFacts>][]) {
  test(`plan: refuses ${what}`, () => {
    const { verdict, reasons, made, spec } = planned(text, there, {}, more);
    assert.equal(verdict, 'refuse');
    assert.match(reasons.join('\n'), refusal);
    assert.equal(isHeldBack(spec, made), true);
    assert.equal(isHeldBack(specOf(`${text}\non-refusal: skip`), made), false);
  });
}

test('plan: what is allowed, or of another app, is not refused', () => {
  const empty = planned(`${TO_TEST}\ndata: drop\nallow-empty: true`, [live(5)]);
  assert.deepEqual([empty.verdict, empty.steps], ['promote', ['replace Everyone 5']]);
  const odd = [{ id: undefined, name: 'Stock', session: undefined, problem: 'it has no id' }];
  assert.equal(planned(TO_TEST, [], {}, { odd }).verdict, 'promote');
  assert.equal(
    planned(`${TO_TEST}\nreload: after`, [live(5)], {}, { mayMakeTasks: true }).verdict,
    'promote',
  );
  assert.equal(
    planned(TO_TEST, [live(5)], {}, { mayMakeTasks: false }).verdict,
    'promote',
    'nothing is reloaded',
  );
});

test('plan: an app that asks no longer loses its tag', () => {
  const spec = specOf('to: { properties: { server: S, stream: T } }\ndone: { tag: Promoted }');
  const [first] = plan(spec, surveyOf(spec, [{ tagged: true }])).apps;
  assert.deepEqual(
    [first?.verdict, first?.reasons],
    ['untag', ['its property S is empty, so it is no longer promoted']],
  );
  const [untagged] = plan(spec, surveyOf(spec, [{}])).apps;
  assert.deepEqual([untagged?.verdict, untagged?.reasons], ['skip', ['its property S is empty']]);
});

test('plan: two apps of one name for one stream are refused, and a third one is not', () => {
  const spec = specOf(TO_TEST);
  const { apps } = plan(spec, surveyOf(spec, [{}, {}, { app: app(3, { name: 'Stock' }) }]));
  assert.deepEqual(
    apps.map(({ verdict }) => verdict),
    ['refuse', 'refuse', 'promote'],
  );
  assert.match(
    apps[0]?.reasons.join() ?? '',
    new RegExp(`^${id(1)}: app ${id(2)} has the same name and goes to the same stream`),
  );
  assert.match(apps[1]?.reasons.join() ?? '', new RegExp(`^${id(2)}: app ${id(1)} `));
});

test('plan: with on-refusal: skip an app goes to the sites that answer', () => {
  const both = 'to: [{ site: test, streams: [Everyone] }, { site: prod, streams: [Everyone] }]';
  const targets = new Map([
    [target, facts([], { lost: 'Site "test" is away.' })],
    [prod, facts([])],
  ]);
  const verdicts = ['stop', 'skip'].map(policy => {
    const spec = specOf(`${both}\non-refusal: ${policy}`);
    return plan(spec, surveyOf(spec, [{}], { targets })).apps[0]?.verdict;
  });
  assert.deepEqual(verdicts, ['refuse', 'promote']);
});

test('plan: an app is tagged by the tag that the site has, and one from a file is not', () => {
  const { made } = planned(`${TO_TEST}\ndone: { tag: Promoted }\narchive: ./archive`);
  assert.deepEqual([made.apps[0]?.done.tag, made.apps[0]?.archive], [TAG, './archive']);
});

test('plan: selected apps that are missing stop the run, and the working copies of a site are shown once', () => {
  const spec = specOf(TO_TEST);
  const copies = { removable: [live(7)], held: [] };

  const made = plan(
    spec,
    surveyOf(spec, [], {
      missing: ['No app is called "Stock".'],
      gone: ['The app of the event is gone.'],
      copies: new Map([
        [target, copies],
        [twin, copies],
        [prod, { removable: [], held: [] }],
      ]),
    }),
  );
  assert.deepEqual(made.refusals, ['No app is called "Stock".']);
  assert.ok(isHeldBack(spec, made));
  assert.ok(made.warnings.includes('The app of the event is gone.'));
  assert.deepEqual(made.leftovers, [{ site: target, ...copies }]);
});

const twin = { ...target, name: 'twin' };
/** A plan for the sites test and twin, which have one address. */
function onTwins(
  streams: [string, string],
  spec = specOf(`to: [{ site: test, streams: [${streams[0]}] }, { site: twin, streams: [${streams[1]}] }]`),
) {
  const all = [...SITES, twin];
  const there = facts([live(5)]);
  const targets = new Map([
    [target, there],
    [twin, there],
  ]);
  return plan(spec, surveyOf(spec, [{ wishes: wishesOf(app(1), spec.to, all) }], { targets })).apps[0];
}

test('plan: a stream under two names of its site is refused, once, and two streams of it are not', () => {
  const once = onTwins(['Everyone', 'Everyone']);
  assert.equal(once?.verdict, 'refuse');
  const said = once?.reasons.filter(reason => reason.startsWith('sites "test" and "twin" have one address'));
  assert.deepEqual(said, ['sites "test" and "twin" have one address; keep one target.']);
  const apart = onTwins(['Everyone', 'Review']);
  assert.deepEqual([apart?.verdict, apart?.reasons], ['promote', []]);
  assert.deepEqual(
    apart?.targets.map(({ copies }) => copies > 0),
    [false, true],
    'working copies on one site have names of their own',
  );
});

test('plan: two targets of one site that mean one app are refused', () => {
  const mean = onTwins(['Everyone', 'Everyone'])?.reasons.join('\n') ?? '';
  assert.match(
    mean,
    new RegExp(`two targets on site "twin" mean app ${id(5)} \\("Sales" .*\\); keep one of them\\.`),
  );
  assert.doesNotMatch(onTwins(['Review', 'Review'])?.reasons.join('\n') ?? '', /mean app/);
});

test('plan: what is refused or skipped has a reason, and what collides collides on one site and stream alone', () => {
  const tagged = planned(`${TO_TEST}\ndone: { tag: Promoted }`, [], { tagged: true });
  assert.deepEqual(tagged.reasons, ['it is already tagged "Promoted"']);
  assert.deepEqual(planned(TO_TEST, [], { unmet: ['no', 'never'] }).reasons, ['no', 'never']);
  const apart = specOf('to: [{ site: test, streams: [Everyone] }, { site: prod, streams: [Review] }]');
  const one = wishesOf(app(1), specOf(TO_TEST).to, SITES);
  const other = wishesOf(app(2), specOf('to: [{ site: prod, streams: [Everyone] }]').to, SITES);
  const third = wishesOf(app(3), specOf('to: [{ site: test, streams: [Review] }]').to, SITES);
  const { apps } = plan(apart, surveyOf(apart, [{ wishes: one }, { wishes: other }, { wishes: third }]));
  assert.deepEqual(
    apps.map(({ verdict }) => verdict),
    ['promote', 'promote', 'promote'],
  );
  assert.equal(isHeldBack(apart, plan(apart, surveyOf(apart, [{ wishes: one }]))), false);
});

test('plan: a skipped app is no rival, and a refused one among others holds the run back', () => {
  const spec = specOf(TO_TEST);
  const made = plan(spec, surveyOf(spec, [{}, { unmet: ['no'] }]));
  assert.deepEqual(
    made.apps.map(({ verdict }) => verdict),
    ['promote', 'skip'],
  );
  const some = plan(spec, surveyOf(spec, [{}, {}, { app: app(3, { name: 'Stock' }) }]));
  assert.equal(isHeldBack(spec, some), true);
});

test('plan: an app whose sites are all away is refused, whatever the policy is', () => {
  const spec = specOf(`${TO_TEST}\non-refusal: skip`);
  const targets = new Map([[target, facts([], { lost: 'Site "test" is away.' })]]);
  const [only] = plan(spec, surveyOf(spec, [{}], { targets })).apps;
  assert.deepEqual([only?.verdict, only?.reasons], ['refuse', ['Site "test" is away.']]);
});

test('plan: an app of the name is not its own twin, an app within one site replaces another, and never itself', () => {
  const spec = specOf('to: [{ site: dev, streams: [Everyone] }]');
  const here = (own: App) =>
    plan(spec, surveyOf(spec, [{ app: own }], { targets: new Map([[dev, facts([live(1)])]]) })).apps[0];
  assert.match(
    here(live(1))?.reasons.join() ?? '',
    /on site "dev" it would replace itself in stream "Everyone"/,
  );
  assert.equal(here(app(2))?.verdict, 'promote');
});

test('plan: of the twins that a broken-off run left, the one published first stays', () => {
  const at = (publishTime: string) => ({ publishTime });
  const { verdict, steps, made } = planned(TO_TEST, [
    { ...promoted(6), ...at(LATER) },
    { ...promoted(5), ...at(DATE) },
  ]);
  assert.deepEqual([verdict, steps], ['promote', ['keep Everyone 5']]);
  assert.deepEqual(
    made.apps[0]?.targets[0]?.twins.map(one => one.id),
    [id(6)],
  );
});

/** What shows that the user sees all of an app. */
const SCRIPT: AppObject = {
  id: id(80),
  name: '',
  objectType: 'app_appscript',
  engineObjectId: 'script',
  contentHash: 'hash',
  modifiedDate: DATE,
  published: false,
  approved: true,
  owner: null,
  app: { id: id(1) },
};
const TO_DEV = 'to: [{ site: dev, streams: [Everyone] }]';

for (const [what, text, script, file, make] of [
  ['an app whose script is shown', TO_DEV, true, undefined, 'copy'],
  ['an app whose script is not shown', TO_DEV, false, undefined, 'upload'],
  ['an app without its data', `${TO_DEV}\ndata: drop`, true, undefined, 'upload'],
  ['an app without its connections', `${TO_DEV}\nconnections: drop`, true, undefined, 'upload'],
  ['an app with new data', `${TO_DEV}\ndata: refresh`, true, undefined, 'copy'],
] as const) {
  test(`plan: within one site, ${what} is made by ${make}`, () => {
    const spec = specOf(text);
    const objects = new Map(script ? [[id(1), [SCRIPT]]] : []);
    const targets = new Map([[dev, facts([], { objects })]]);
    const [only] = plan(spec, surveyOf(spec, [{ file }], { targets })).apps;
    assert.equal(only?.targets[0]?.make, make);
    const there = plan(
      specOf(TO_TEST),
      surveyOf(specOf(TO_TEST), [{}], { targets: new Map([[target, facts([], { objects })]]) }),
    );
    assert.equal(there.apps[0]?.targets[0]?.make, 'upload', 'another site has no copy of it');
  });
}

test('plan: a reload that is still to come is made up for, where the spec asks for it', () => {
  const pending = live(5, {
    description: stamp('', { site: 'dev', app: id(1), modified: DATE, data: true, pending: true }, 'run 1'),
  });
  const reloads = (text: string, there: App) => {
    const [step] = planned(text, [there], {}, { mayMakeTasks: true }).made.apps[0]?.targets[0]?.steps ?? [];
    return step?.do === 'keep' && step.reload;
  };
  assert.equal(reloads(`${TO_TEST}\nreload: after`, pending), true);
  assert.equal(reloads(TO_TEST, pending), false);
  assert.equal(reloads(`${TO_TEST}\nreload: after`, promoted(5)), false);
});
