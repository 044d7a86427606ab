import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Options } from '../../src/promote/options.ts';
import { readSpec } from '../../src/promote/spec.ts';
import { shelf } from '../sites-for-tests.ts';
import { appIn, appNamed, attributesOf, filesIn, onThree, reloadsEnd } from './scene.ts';

/** Every option, once for the whole spec and otherwise for one target. */

function optionsOf(text: string): Options[] {
  const { to } = readSpec({ from: 'promote', text });
  return to.by === 'list' ? to.targets.map(({ options }) => options) : [to.options];
}

const DEFAULTS: Options = {
  name: undefined,
  data: 'keep',
  connections: 'keep',
  missingStream: 'skip',
  reload: 'none',
  reloadTask: undefined,
  owner: undefined,
  tags: [],
  customProperties: {},
  requires: { connections: [], extensions: [], tasks: [] },
  describe: true,
  backup: undefined,
  backupContent: 'base',
  rollback: false,
  allowEmpty: false,
};

interface Row {
  spec: string;
  all: Partial<Options>;
  target: string;
  there: Partial<Options>;
}

const ROWS: Row[] = [
  { spec: 'name: One', all: { name: 'One' }, target: 'name: Two', there: { name: 'Two' } },
  { spec: 'data: refresh', all: { data: 'refresh' }, target: 'data: drop', there: { data: 'drop' } },
  {
    spec: 'allow-empty: true',
    all: { allowEmpty: true },
    target: 'allow-empty: false',
    there: { allowEmpty: false },
  },
  { spec: 'data: drop', all: { data: 'drop' }, target: 'data: keep', there: { data: 'keep' } },
  {
    spec: 'connections: drop',
    all: { connections: 'drop' },
    target: 'connections: keep',
    there: { connections: 'keep' },
  },
  {
    spec: 'missing-stream: fail',
    all: { missingStream: 'fail' },
    target: 'missing-stream: create',
    there: { missingStream: 'create' },
  },
  { spec: 'reload: before', all: { reload: 'before' }, target: 'reload: none', there: { reload: 'none' } },
  { spec: 'owner: A\\b', all: { owner: 'A\\b' }, target: 'owner: C\\d', there: { owner: 'C\\d' } },
  { spec: 'tags: [a, b]', all: { tags: ['a', 'b'] }, target: 'tags: [c]', there: { tags: ['c'] } },
  { spec: 'tags: [a]', all: { tags: ['a'] }, target: 'tags: []', there: { tags: [] } },
  {
    spec: 'custom-properties: { A: x, B: [y, z] }',
    all: { customProperties: { A: ['x'], B: ['y', 'z'] } },
    target: 'custom-properties: { C: [] }',
    there: { customProperties: { C: [] } },
  },
  { spec: 'describe: false', all: { describe: false }, target: 'describe: true', there: { describe: true } },
  {
    spec: 'backup: ./one',
    all: { backup: './one', rollback: true },
    target: 'rollback: false',
    there: { backup: './one', rollback: false },
  },
  {
    spec: 'backup: ./one',
    all: { backup: './one', rollback: true },
    target: 'backup: ./two',
    there: { backup: './two', rollback: true },
  },
  {
    spec: 'describe: true',
    all: {},
    target: 'backup: ./two',
    there: { backup: './two', rollback: true },
  },
  {
    spec: 'backup: ./one\nrollback: false',
    all: { backup: './one', rollback: false },
    target: 'rollback: true',
    there: { backup: './one', rollback: true },
  },
];

for (const { spec, all, target, there } of ROWS) {
  test(`overrides: ${spec.replace('\n', ', ')}, and on one target ${target}`, () => {
    const base = { ...DEFAULTS, ...all };
    const [first, second] = optionsOf(`
from: dev
${spec}
to:
  - { site: test, streams: [A] }
  - site: prod
    streams: [A]
    ${target}`);
    assert.deepEqual(first, base);
    assert.deepEqual(second, { ...base, ...there });
  });
}

test('overrides: an option of the whole spec counts in property mode too', () => {
  const [options] = optionsOf(
    'from: dev\nto: { properties: { server: A, stream: B } }\ntags: [a]\nbackup: ./b',
  );
  assert.deepEqual(options, { ...DEFAULTS, tags: ['a'], backup: './b', rollback: true });
});

const USERS = ['COMPANY\\anna', 'COMPANY\\bert'];

test('overrides: two sites in one run, each with all of its own', () =>
  onThree(
    {
      app: { size: '300 KB', description: 'Made on dev' },
      testData: {
        streams: ['Everyone', 'Review'],
        users: USERS,
        tags: ['released'],
        customProperties: { Stage: ['Test', 'Production'] },
        apps: [{ name: 'Demo Build', stream: 'Everyone', size: '200 KB', description: 'The old one' }],
      },
      prod: {
        streams: ['Everyone'],
        users: USERS,
        tags: ['released'],
        customProperties: { Stage: ['Test', 'Production'] },
        apps: [{ name: 'Sales', stream: 'Everyone', size: '200 KB', description: 'The old one' }],
      },
    },
    async set => {
      reloadsEnd(set.prod, 'FinishedSuccess');
      const report = await set.run(`
from: dev
owner: COMPANY\\anna
tags: [released]
custom-properties: { Stage: Test }
to:
  - { site: test, streams: [Everyone, Review], mode: duplicate }
  - site: prod
    streams: [Everyone, Finance]
    name: Sales
    data: drop
    connections: drop
    missing-stream: create
    reload: before
    owner: COMPANY\\bert
    tags: [gold]
    custom-properties: { Stage: Production }
    describe: false
    backup: ${JSON.stringify(set.folder)}
    rollback: false`);
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Demo Build@Everyone', 'Demo Build@Review']);
      assert.deepEqual(shelf(set.prod), ['Sales@Everyone', 'Sales@Finance']);
      assert.deepEqual(attributesOf(appIn(set.test, 'Review')), {
        owner: 'COMPANY\\anna',
        tags: ['released'],
        properties: ['Stage=Test'],
      });
      for (const stream of ['Everyone', 'Finance']) {
        const app = appIn(set.prod, stream);
        assert.deepEqual(attributesOf(app), {
          owner: 'COMPANY\\bert',
          tags: ['gold'],
          properties: ['Stage=Production'],
        });
        assert.equal(app.fileSize, 65_536, 'without data');
        assert.doesNotMatch(app.description, /qrs-action/);
        assert.notEqual(app.lastReloadTime, appNamed(set.dev, 'Demo Build').lastReloadTime);
      }
      assert.match(appIn(set.test, 'Review').description, /^Made on dev\n\[qrs-action\]/);
      assert.deepEqual(report.paths, { 'backup-path': set.folder });
      assert.equal(filesIn(set.folder).length, 2);
      assert.equal(set.test.counters.count('POST', /export/), 0, 'no backup on test');
      assert.equal(set.test.counters.count('POST', /start/), 0, 'no reload on test');
    },
  ));

test('rollback: denied for the whole spec, it stays denied where a target has a folder of its own', () => {
  const { to } = readSpec({
    from: 'promote',
    text: 'from: dev\nbackup: ./one\nrollback: false\nto: [{ site: test, streams: [A], backup: ./two }]',
  });
  assert.equal(to.by === 'list' && to.targets[0]?.options.rollback, false);
});
