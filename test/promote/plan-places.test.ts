import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from '../../src/promote/plan/plan.ts';
import { readSpec } from '../../src/promote/spec.ts';
import type { StampedApp, Survey, SurveyedApp } from '../../src/promote/survey/facts.ts';
import { wishesOf } from '../../src/promote/survey/wish.ts';
import type { App } from '../../src/qrs/entities.ts';
import { app, facts, id, live, prod, SITES, specOf, surveyOf, TO_TEST, target, twin } from './plan-scene.ts';

/** What a plan says of sites under two names, and of apps that a spec names twice (docs/promotion.md). */

const BOTH_NAMES = 'to: [{ site: test, streams: [Everyone] }, { site: twin, streams: [Everyone] }]';

/** The plan for apps on a site with two names. */
function onTwin(
  text: string,
  there: readonly App[],
  apps: readonly Partial<SurveyedApp>[] = [{}],
  more: Partial<Survey> = {},
) {
  const spec = specOf(text);
  const targets = new Map([
    [target, facts(there)],
    [twin, facts(there)],
    [prod, facts(there)],
  ]);
  const sites = [...SITES, twin];
  const wished = apps.map((one, index) => ({
    wishes: wishesOf(one.app ?? app(index + 1), spec.to, sites),
    ...one,
  }));
  return plan(spec, surveyOf(spec, wished, { targets, sites, ...more })).apps;
}

test('plan: a stream under two names of its site would get the app twice', () => {
  const [one] = onTwin(BOTH_NAMES, []);
  assert.deepEqual(
    [one?.verdict, one?.reasons],
    ['refuse', ['sites "test" and "twin" have one address; keep one target.']],
  );
});

for (const [what, text] of [
  ['two streams of one site', 'to: [{ site: test, streams: [Everyone] }, { site: twin, streams: [Review] }]'],
  [
    'one stream of two sites',
    'to: [{ site: test, streams: [Everyone] }, { site: prod, streams: [Everyone] }]',
  ],
] as const) {
  test(`plan: ${what} are two places`, () => {
    const [one] = onTwin(text, []);
    assert.deepEqual([one?.verdict, one?.reasons], ['promote', []]);
  });
}

test('plan: several targets on one site have numbers of working copies of their own', () => {
  const three =
    'to: [{ site: test, streams: [Everyone] }, { site: prod, streams: [Review] }, { site: twin, streams: [Review] }]';
  const copies = onTwin(three, [])[0]?.targets.map(one => one.copies) ?? [];
  assert.deepEqual(copies, [0, 0, 10_000]);
});

test('plan: two apps of one name for one stream under two names of its site are refused', () => {
  const spec = specOf(TO_TEST);
  const other = specOf('to: [{ site: twin, streams: [Everyone] }]');
  const all = [...SITES, twin];
  const apps = onTwin(
    TO_TEST,
    [],
    [{ wishes: wishesOf(app(1), spec.to, all) }, { wishes: wishesOf(app(2), other.to, all) }],
  );
  assert.deepEqual(
    apps.map(({ verdict }) => verdict),
    ['refuse', 'refuse'],
  );
});

/** A spec for one app. */
const oneApp = (text: string) => readSpec({ from: 'promote', text: `from: dev\napps: event\n${text}` });
/** A target by its id; the site has it as app 5, in Everyone. */
const BY_ID = `{ site: test, app: ${id(5)} }`;
const byId = new Map<string, StampedApp>([[id(5), { ...live(5), stamp: undefined }]]);

test('plan: an app that two targets of one site mean would be replaced twice', () => {
  const spec = oneApp(`to: [{ site: test, streams: [Everyone] }, ${BY_ID}]`);
  const survey = surveyOf(spec, [{}], { targets: new Map([[target, facts([live(5)], { byId })]]) });
  const [one] = plan(spec, survey).apps;
  assert.equal(one?.verdict, 'refuse');
  assert.deepEqual(one.reasons, [
    `two targets on site "test" mean app ${id(5)} ("Sales" in stream "Everyone"); keep one of them.`,
  ]);
});

test('plan: a target by the id of its app gets the name that the app has there, and is no rival by name', () => {
  const spec = oneApp(`to: [${BY_ID}]`);
  const named = new Map([[id(5), { ...live(5, { name: 'Overview' }), stamp: undefined }]]);
  const survey = surveyOf(spec, [{}], { targets: new Map([[target, facts([], { byId: named })]]) });
  const [one] = plan(spec, survey).apps;
  assert.deepEqual(
    one?.targets.map(({ name, steps }) => [name, steps.map(step => step.do)]),
    [['Overview', ['replace']]],
  );
  const beside = oneApp(`to: [${BY_ID}, { site: test, streams: [Review] }]`);
  const both = surveyOf(beside, [{}], { targets: new Map([[target, facts([live(5)], { byId })]]) });
  assert.equal(plan(beside, both).apps[0]?.verdict, 'promote');
});
