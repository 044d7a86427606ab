import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from '../../src/promote/plan/plan.ts';
import type { SurveyedApp } from '../../src/promote/survey/facts.ts';
import { wishesOf } from '../../src/promote/survey/wish.ts';
import type { AppObject } from '../../src/qrs/apps/objects.ts';
import type { App } from '../../src/qrs/entities.ts';
import {
  app,
  dev,
  facts,
  id,
  LATER,
  live,
  planned,
  promoted,
  SITES,
  specOf,
  surveyOf,
  TO_TEST,
  target,
} from './plan-scene.ts';

/** What a plan says of folders, files, data, tasks and the way of an app (docs/promotion.md). */

const DATA = { file: '/backup/a.qvf', app: app(1), bytes: 1, sha256: 'a' };
const file = { ...DATA, origin: { site: 'dev', app: id(1), modified: LATER, data: true } };

const unusable = new Map([
  ['./backup', 'no space'],
  ['./archive', 'it is a file'],
]);
const folders = (text: string, there: readonly App[], one: Partial<SurveyedApp> = {}) => {
  const spec = specOf(`${TO_TEST}\n${text}`);
  const survey = surveyOf(spec, [one], { unusable, targets: new Map([[target, facts(there)]]) });
  return plan(spec, survey).apps[0]?.reasons;
};
const cannot = (folder: string, why: string) =>
  `the folder ${folder} cannot be used: ${why}. Give a folder that this user can write.`;

test('plan: a folder that cannot be used is refused where it is needed', () => {
  assert.deepEqual(folders('backup: ./backup', [live(5)]), [cannot('./backup', 'no space')]);
  assert.deepEqual(folders('backup: ./backup', []), [], 'nothing is replaced');
  assert.deepEqual(folders('backup: ./backup', [promoted(5)]), [], 'the app is kept');
  assert.deepEqual(folders('', [live(5)]), []);
  assert.deepEqual(folders('backup: ./other', [live(5)]), []);
  assert.deepEqual(folders('archive: ./archive', []), [cannot('./archive', 'it is a file')]);
  assert.deepEqual(folders('archive: ./archive', [], { file }), [], 'an app from a file is not archived');
  assert.deepEqual(folders('backup: ./backup\narchive: ./archive', [live(5)]), [
    cannot('./backup', 'no space'),
    cannot('./archive', 'it is a file'),
  ]);
  const streams = 'to: [{ site: test, streams: [Everyone, Review] }]\nbackup: ./backup';
  const spec = specOf(streams);
  const survey = surveyOf(spec, [{}], { unusable, targets: new Map([[target, facts([live(5)])]]) });
  assert.deepEqual(plan(spec, survey).apps[0]?.reasons, [cannot('./backup', 'no space')], 'one of two');
});

test('plan: an app from a file is neither tagged nor archived, and changes nothing on its source', () => {
  const { made } = planned(
    `${TO_TEST}\ndone: { tag: Promoted, unpublish: true }\narchive: ./archive`,
    [live(5)],
    { file },
  );
  const [one] = made.apps;
  assert.equal(one?.verdict, 'promote');
  assert.deepEqual([one.done.tag, one.done.unpublish, one.archive], [undefined, false, undefined]);
  assert.deepEqual(
    [one.targets[0]?.make, one.targets[0]?.steps.map(step => step.do)],
    ['upload', ['replace']],
  );
});

test('plan: the file of an app may replace that app on the site it came from', () => {
  const text = 'to: [{ site: dev, streams: [Everyone] }]';
  const spec = specOf(text);
  const targets = new Map([[dev, facts([live(1)])]]);
  const verdict = (one: Partial<SurveyedApp>) => plan(spec, surveyOf(spec, [one], { targets })).apps[0];
  assert.equal(verdict({ file })?.verdict, 'promote');
  assert.deepEqual(verdict({})?.reasons, ['on site "dev" it would replace itself in stream "Everyone".']);
});

for (const [mode, there, reason] of [
  ['duplicate', [live(5)], 'a duplicate replaces none'],
  ['duplicate', [], 'a duplicate replaces none'],
  ['overwrite', [], 'there is none of that name'],
  ['overwrite', [live(5)], undefined],
] as const) {
  test(`plan: "data: target" as ${mode}, with ${there.length} apps there`, () => {
    const text = `${TO_TEST}\ndata: target\nbackup: ./backup\nexperimental: true`;
    // The property of an app may ask for a duplicate.
    const asked = wishesOf(app(1), specOf(text).to, SITES);
    const wishes = { ...asked, wishes: asked.wishes.map(wish => ({ ...wish, mode })) };
    const { reasons, steps } = planned(text, there, { wishes });
    const why = `on site "test" no app in stream "Everyone" could keep its data ("data: target"): ${reason}.`;
    assert.deepEqual(reasons, reason === undefined ? [] : [why]);
    if (reason === undefined) assert.deepEqual(steps, ['replace Everyone 5']);
  });
}

const object = (name: string, of: number, contentHash: string): AppObject => ({
  id: `${name} of ${of}`,
  engineObjectId: name,
  objectType: name === 'script' ? 'app_appscript' : 'sheet',
  name,
  contentHash,
  modifiedDate: '',
  published: true,
  approved: true,
  app: { id: id(of) },
});

test('plan: a dry run says what a replace changes, but not of an app from a file', () => {
  const spec = specOf(TO_TEST);
  const objects = [object('script', 1, 'a'), object('one', 1, 'b')];
  const there = new Map([[id(5), [object('script', 5, 'other'), object('one', 5, 'b')]]]);
  const changes = (compares: boolean, more: Partial<SurveyedApp> = {}) => {
    const targets = new Map([[target, facts([live(5)], { objects: there })]]);
    const survey = surveyOf(spec, [{ objects, ...more }], { compares, targets });
    const [step] = plan(spec, survey).apps[0]?.targets[0]?.steps ?? [];
    return step?.do === 'replace' ? step.changes : assert.fail(`it would ${step?.do}`);
  };
  assert.notEqual(changes(true), undefined);
  assert.match(JSON.stringify(changes(true)), /script/);
  assert.equal(changes(false), undefined);
  assert.equal(changes(true, { file }), undefined);
});

for (const [what, text, one, objects, make] of [
  ['within one site it is copied', '', {}, [object('script', 1, 'a')], 'copy'],
  ['which needs its script', '', {}, [object('one', 1, 'a')], 'upload'],
  ['which needs its objects', '', {}, [], 'upload'],
  ['a copy has the data', 'data: drop', {}, [object('script', 1, 'a')], 'upload'],
  ['a copy has the connections', 'connections: drop', {}, [object('script', 1, 'a')], 'upload'],
  ['a file is uploaded', '', { file }, [object('script', 1, 'a')], 'upload'],
] satisfies [string, string, Partial<SurveyedApp>, AppObject[], 'copy' | 'upload'][]) {
  test(`plan: how the app travels: ${what} (${make})`, () => {
    const makes = [dev, target].map(site => {
      const spec = specOf(`to: [{ site: ${site.name}, streams: [Everyone] }]\n${text}`);
      const targets = new Map([[site, facts([], { objects: new Map([[id(1), objects]]) })]]);
      return plan(spec, surveyOf(spec, [one], { targets })).apps[0]?.targets[0]?.make;
    });
    assert.deepEqual(makes, [make, 'upload'], 'to another site every app is uploaded');
  });
}

test('plan: who may not make tasks may reload an app that has one', () => {
  const task = {
    id: id(50),
    name: 'Manually triggered reload of Sales',
    kind: 'reload' as const,
    createdDate: '',
    modifiedDate: '',
    modifiedByUserName: '',
    enabled: true,
    taskSessionTimeout: 0,
    maxRetries: 0,
    tags: [],
    customProperties: [],
    app: { id: id(5), name: 'Sales' },
    isManuallyTriggered: true,
    isPartialReload: false,
    operational: undefined,
  };
  const verdict = (tasks: readonly (typeof task)[]) =>
    planned(`${TO_TEST}\nreload: after`, [live(5)], {}, { mayMakeTasks: false, tasks }).verdict;
  assert.equal(verdict([task]), 'promote');
  assert.equal(verdict([{ ...task, app: { id: id(6), name: 'Sales' } }]), 'refuse');
  assert.equal(verdict([]), 'refuse');
});

test('plan: of a kept app nothing is reloaded again, so nobody needs the right to make its task', () => {
  assert.equal(
    planned(`${TO_TEST}\nreload: after`, [promoted(5)], {}, { mayMakeTasks: false }).verdict,
    'promote',
  );
});

test('plan: the digest of the source counts what travels without the data', () => {
  const spec = specOf(TO_TEST);
  const objects = [object('script', 1, 'a')];
  const content = (more: Partial<App>) =>
    plan(spec, surveyOf(spec, [{ app: app(1, more), objects }])).apps[0]?.content;
  assert.equal(typeof content({}), 'string');
  assert.equal(content({ lastReloadTime: LATER }), content({}), 'a reload changes nothing of it');
  assert.equal(plan(spec, surveyOf(spec, [{}])).apps[0]?.content, undefined);
});
