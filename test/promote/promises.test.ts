import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../../simulator/faults.ts';
import type { RemoteError } from '../../src/base/errors.ts';
import type { Report } from '../../src/base/report.ts';
import { forgetCopies, type StageOptions, shelf, tagsOf } from '../sites-for-tests.ts';
import {
  appNamed,
  appResults,
  FOR_GOOD,
  on,
  pictureOf,
  pictures,
  requestsOf,
  type Scene,
  streamResults,
} from './scene.ts';

/**
 * The promises about promotion, held against a failure at every single request, where a spec asks for more than
 * test/promote/faults.test.ts has: a backup with its rollback, and `done`.
 */

/** An operation is tried four times: with these it fails, and the site is well again for the clean-up. */
const PASSING: [string, Fault, number][] = [
  ['is refused', { status: 403, body: 'Forbidden' }, 1],
  ['is done, but nobody hears of it', { hangUp: 'after' }, 4],
];
const LASTING: [string, Fault, number][] = [
  ['is refused for good', { status: 403, body: 'Forbidden' }, FOR_GOOD],
  ['is done, and answered 500, for good', { refuse: 500, doneFirst: true }, FOR_GOOD],
];
const FAULTS = [...PASSING, ...LASTING];

interface Scenario {
  name: string;
  faults: typeof FAULTS;
  options: StageOptions;
  spec: (set: Scene) => string;
  /** The test site afterwards. */
  after: string[];
}

const USERS = ['COMPANY\\anna', 'COMPANY\\bert'];
const TARGET = {
  streams: ['Everyone', 'Review', 'More'],
  users: USERS,
  tags: ['kept', 'released'],
  customProperties: { Stage: ['Dev', 'Test'] },
};
const OLD = {
  name: 'Demo Build',
  owner: 'COMPANY\\bert',
  tags: ['kept'],
  properties: { Stage: ['Dev'] },
};

const WITH_BACKUP: Scenario[] = [
  {
    name: 'two replaced and one published, with owner, tags and properties',
    faults: FAULTS,
    options: {
      app: { description: 'Made on dev' },
      testData: {
        ...TARGET,
        apps: [
          { ...OLD, stream: 'Everyone', description: 'The old one', size: '200 KB' },
          { ...OLD, stream: 'Review', description: 'Another', size: '100 KB' },
        ],
      },
    },
    spec: ({ folder }) => `
from: dev
to: [{ site: test, streams: [Everyone, Review, More] }]
owner: COMPANY\\anna
tags: [released]
custom-properties: { Stage: Test }
backup: ${JSON.stringify(folder)}
done: { tag: Promoted }`,
    after: ['Demo Build@Everyone', 'Demo Build@More', 'Demo Build@Review'],
  },
  {
    name: 'two duplicates',
    faults: PASSING,
    options: {
      testData: { ...TARGET, apps: [{ ...OLD, stream: 'Everyone', size: '200 KB' }] },
    },
    spec: ({ folder }) => `
from: dev
to: [{ site: test, streams: [Everyone, Review], mode: duplicate }]
backup: ${JSON.stringify(folder)}
done: { tag: Promoted }`,
    after: ['Demo Build@Everyone', 'Demo Build@Everyone', 'Demo Build@Review'],
  },
];

type Pictures = Awaited<ReturnType<typeof pictures>>;

/** Promise 1: every app that users see is the old one or the new one, whole, and where it was. */
async function whole(set: Scene, before: Pictures): Promise<void> {
  const file = await set.dev.digest(set.app);
  const now = await pictures(set.test);
  for (const old of before) {
    const app = now.find(({ id }) => id === old.id) ?? assert.fail(`${old.id} is gone`);
    assert.equal(app.stream, old.stream);
    assert.ok([old.digest, file].includes(app.digest), 'a replaced app is the old one or the new one, whole');
  }
  for (const app of now.filter(({ stream }) => stream !== undefined)) {
    assert.equal(app.name, 'Demo Build');
    if (!before.some(({ id }) => id === app.id)) assert.equal(app.digest, file);
  }
}

/** Promises 2 and 3, and what a rollback says of each app, held against what the sites show. */
async function truthful(
  set: Scene,
  scenario: Scenario,
  report: Report | undefined,
  { before, lasting }: { before: Pictures; lasting: boolean },
): Promise<void> {
  const now = await pictures(set.test);
  if (!report) return assert.deepEqual(now, before, 'a survey changes nothing');
  if (report.outcome === 'promoted') {
    assert.deepEqual(shelf(set.test), scenario.after);
    return assert.deepEqual(tagsOf(set.dev, set.app), ['Promoted']);
  }
  assert.equal(report.outcome, 'failed');
  const told = report.failures.join('\n');
  const left = now.filter(({ name }) => name.startsWith('qrs-action'));
  if (left.length > 0) assert.match(report.warnings.join('\n'), /working copy (may have )?stayed/);
  const failedThere = appResults(report).some(({ targets }) =>
    targets.some(({ failure }) => failure !== undefined),
  );
  if (!failedThere) return;
  if (!lasting || !/could not be rolled back/.test(told)) {
    const visible = now.filter(({ name }) => !name.startsWith('qrs-action'));
    assert.deepEqual(visible, before, `the target is as it was: ${told}`);
  }
  if (lasting) return;
  assert.deepEqual(left, [], 'and nothing is left');
  for (const { did, stream } of streamResults(report)) {
    assert.ok(did === 'not done' || did === 'rolled back', `${stream}: ${did}`);
    const said = told.includes(`"Demo Build" in stream "${stream}" was rolled back.`);
    assert.equal(said, did === 'rolled back', told);
  }
}

/** Promise 4: without faults, the same run again ends where the first one should have. */
async function converges(set: Scene, scenario: Scenario): Promise<void> {
  set.dev.faults.clear();
  set.test.faults.clear();
  forgetCopies(set.test);
  forgetCopies(set.dev);
  const again = await set.run(scenario.spec(set));
  assert.notEqual(again.outcome, 'failed', again.failures.join('\n'));
  assert.deepEqual(
    shelf(set.test).filter(name => !name.startsWith('qrs-action')),
    scenario.after,
  );
  assert.deepEqual(tagsOf(set.dev, set.app), ['Promoted']);
  const file = await set.dev.digest(set.app);
  const promoted = [...set.test.site.apps.values()].filter(({ description }) =>
    description.includes('[qrs-action]'),
  );
  for (const { id } of promoted) assert.equal(await set.test.digest(id), file);
}

for (const scenario of WITH_BACKUP) {
  test(`rollback at any request: ${scenario.name}`, { concurrency: 4 }, async context => {
    let requests: ReturnType<typeof requestsOf> = [];
    await on(scenario.options, async set => {
      assert.equal((await set.run(scenario.spec(set))).outcome, 'promoted');
      requests = requestsOf(set);
    });
    assert.ok(requests.length > 10);
    const cases = requests.flatMap(request => scenario.faults.map(fault => ({ request, fault })));
    await Promise.all(
      cases.map(({ request: { label, site, ...matched }, fault: [name, fault, times] }) =>
        context.test(`${label} ${name}`, () =>
          on(scenario.options, async set => {
            const before = await pictures(set.test);
            set[site].faults.add({ ...matched, times, fault });
            const report = await set.run(scenario.spec(set)).catch((error: RemoteError) => {
              assert.equal(error.name, 'RemoteError');
              return undefined;
            });
            await whole(set, before);
            await truthful(set, scenario, report, { before, lasting: times === FOR_GOOD });
            await converges(set, scenario);
            await whole(set, before);
          }),
        ),
      ),
    );
  });
}

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
