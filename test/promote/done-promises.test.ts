import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RemoteError } from '../../src/base/errors.ts';
import { type StageOptions, shelf } from '../sites-for-tests.ts';
import { FAULTS } from './at-any-request.ts';
import { appNamed, FOR_GOOD, on, pictureOf, pictures, requestsOf } from './scene.ts';

const SOURCE: StageOptions = {
  devData: {
    streams: ['Build'],
    tags: ['release'],
    users: ['COMPANY\\anna'],
    customProperties: { PromotionApproval: ['Approve'], Area: ['North'] },
    apps: [
      {
        name: 'Demo Build',
        description: 'Made by Anna',
        stream: 'Build',
        owner: 'COMPANY\\anna',
        size: '300 KB',
        tags: ['release'],
        properties: { PromotionApproval: ['Approve'], Area: ['North'] },
      },
    ],
  },
};

const REMOVES = `
from: dev
when: { properties: { PromotionApproval: Approve } }
to: [{ site: test, streams: [Everyone] }]
done: { tag: Promoted, remove-properties: true }`;

const DONE_FAULTS: typeof FAULTS = [
  ['hangs up before the work, once', { hangUp: 'before' }, 1],
  ['hangs up after the work, once', { hangUp: 'after' }, 1],
  ...FAULTS,
];

test('remove-properties, with a failure at any request of the source', { concurrency: 4 }, async context => {
  let requests: ReturnType<typeof requestsOf> = [];
  await on(SOURCE, async set => {
    assert.equal((await set.run(REMOVES)).outcome, 'promoted');
    requests = requestsOf(set).filter(({ site }) => site === 'dev');
  });
  const cases = requests.flatMap(request => DONE_FAULTS.map(fault => ({ request, fault })));
  await Promise.all(
    cases.map(({ request: { label, site, ...matched }, fault: [name, fault, times] }) =>
      context.test(`${label} ${name}`, () =>
        on(SOURCE, async set => {
          const {
            tags: _,
            properties: __,
            ...rest
          } = await pictureOf(set.dev, appNamed(set.dev, 'Demo Build'));
          set[site].faults.add({ ...matched, times, fault });
          const report = await set.run(REMOVES).catch((error: RemoteError) => {
            assert.equal(error.name, 'RemoteError');
            return undefined;
          });
          const states: [string[], string[]][] = [
            [['release'], ['Area=North', 'PromotionApproval=Approve']],
            [['Promoted', 'release'], ['Area=North']],
          ];
          const { tags, properties, ...others } = await pictureOf(set.dev, appNamed(set.dev, 'Demo Build'));
          assert.deepEqual(others, rest, 'the source app changes by what `done` asks alone');
          const state = states.findIndex(([has]) => String(has) === String(tags));
          assert.deepEqual([tags, properties], states[state], 'and by all of it at once');
          if (times === 1 && !('status' in fault)) assert.equal(report?.outcome, 'promoted');
          if (report?.outcome === 'promoted') assert.equal(state, 1);
          set.dev.faults.clear();
          set.test.counters.reset();
          const again = await set.run(REMOVES);
          assert.notEqual(again.outcome, 'failed', again.failures.join('\n'));
          const end = await pictureOf(set.dev, appNamed(set.dev, 'Demo Build'));
          assert.deepEqual([end.tags, end.properties], states[1]);
          assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
          if (state === 1) assert.equal(set.test.counters.count('POST', /./), 0, 'no second upload');
        }),
      ),
    ),
  );
});

const UNPUBLISH = `
from: dev
apps: [{ filter: name eq 'Demo Build' }]
when: { published: true }
to: [{ site: test, streams: [Everyone] }]
done: { tag: Promoted, unpublish: true }`;

const UNPUBLISH_FAULTS: typeof FAULTS = [
  ...DONE_FAULTS,
  ['hangs up after the work, for good', { hangUp: 'after' }, FOR_GOOD],
];

test('unpublish, with a failure at any request of the source', { concurrency: 4 }, async context => {
  let requests: ReturnType<typeof requestsOf> = [];
  await on(SOURCE, async set => {
    assert.equal((await set.run(UNPUBLISH)).outcome, 'promoted');
    requests = requestsOf(set).filter(({ site }) => site === 'dev');
  });
  const cases = requests.flatMap(request => UNPUBLISH_FAULTS.map(fault => ({ request, fault })));
  await Promise.all(
    cases.map(({ request: { label, site, ...matched }, fault: [name, fault, times] }) =>
      context.test(`${label} ${name}`, () =>
        on(SOURCE, async set => {
          const file = await set.dev.digest(set.app);
          set[site].faults.add({ ...matched, times, fault });
          const report = await set.run(UNPUBLISH).catch(() => undefined);
          const mine = async () => (await pictures(set.dev)).filter(({ digest }) => digest === file);
          const published = (await mine()).find(({ stream }) => stream === 'Build');
          const owned = (await mine()).find(
            one => one.stream === undefined && one.name === 'Demo Build' && one.owner === 'COMPANY\\anna',
          );
          assert.ok(published ?? owned, 'the published app or its owner’s copy is there');
          const left = (await mine()).filter(one => one.name.startsWith('qrs-action'));
          const told = report && [...report.warnings, ...report.failures].join('\n');
          const named = left.every(
            one => told === undefined || told.includes(one.id) || told.includes(one.name),
          );
          assert.ok(named, 'a copy that stays is named');
          if (report?.outcome === 'promoted') assert.deepEqual(shelf(set.dev), ['Demo Build@']);
          set.dev.faults.clear();
          // Two hours later: until then a copy may be another run's, and is left alone.
          const then = new Date(Date.now() - 7_200_000).toISOString();
          for (const app of set.dev.site.apps.values()) {
            if (!app.published) Object.assign(app, { createdDate: then, modifiedDate: then });
          }
          const again = await set.run(UNPUBLISH);
          assert.notEqual(again.outcome, 'failed', again.failures.join('\n'));
          assert.deepEqual(shelf(set.dev), ['Demo Build@'], 'one app, and its owner’s');
        }),
      ),
    ),
  );
});
