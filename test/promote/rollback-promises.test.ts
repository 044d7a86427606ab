import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RemoteError } from '../../src/base/errors.ts';
import type { Report } from '../../src/base/report.ts';
import { forgetCopies, type StageOptions, shelf, tagsOf } from '../sites-for-tests.ts';
import { FAULTS, PASSING } from './at-any-request.ts';
import { appResults, FOR_GOOD, on, pictures, requestsOf, type Scene, streamResults } from './scene.ts';

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
  if (left.length > 0) assert.match(report.failures.join('\n'), /working copy (may have )?stayed/);
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
