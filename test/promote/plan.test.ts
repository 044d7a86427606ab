import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHeldBack, plan } from '../../src/promote/plan/plan.ts';
import { stamp } from '../../src/promote/stamp.ts';
import type { SurveyedApp, TargetFacts } from '../../src/promote/survey/facts.ts';
import { wishesOf } from '../../src/promote/survey/wish.ts';
import type { App } from '../../src/qrs/entities.ts';
import { DATE } from '../plain-app.ts';
import {
  app,
  facts,
  id,
  LATER,
  live,
  planned,
  prod,
  promoted,
  SITES,
  specOf,
  surveyOf,
  TAG,
  TO_TEST,
  target,
  twin,
} from './plan-scene.ts';

/** What a promotion will do, and what it refuses, by what a survey has found (docs/promotion.md). */

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
