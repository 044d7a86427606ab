import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from '../../src/promote/plan/plan.ts';
import { wishesOf } from '../../src/promote/survey/wish.ts';
import type { AppObject } from '../../src/qrs/apps/objects.ts';
import type { App } from '../../src/qrs/entities.ts';
import { DATE } from '../plain-app.ts';
import { app, dev, facts, id, live, SITES, specOf, surveyOf, TO_TEST, target, twin } from './plan-scene.ts';

/** What is planned within one site, and for one site under two names (docs/promotion.md). */

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
