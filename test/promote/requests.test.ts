import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Simulator } from '../../simulator/server.ts';
import type { RecordedRequest } from '../../simulator/site/counters.ts';
import type { App } from '../../simulator/site/entities.ts';
import { quickClock, siteOf } from '../sites-for-tests.ts';
import { appNamed, FOR_GOOD, on, onThree, type Scene } from './scene.ts';

/** How often a run asks the sites, by the name of what it asks. A distant site makes each request cost time. */

const NAMES: readonly [name: string, method: string, path: RegExp, filter?: RegExp][] = [
  ['export', 'POST', /\/export\//],
  ['download', 'GET', /\/tempcontent\//],
  ['look at the source app', 'GET', /\/app\/full$/, /^id eq [^ ]+$/],
  ['upload', 'POST', /\/app\/upload$/],
  ['look at the places', 'GET', /\/app\/full$/, /working copy of [0-9a-f-]{36}'/],
  ['look at the reloads', 'GET', /\/executionsession\/full$/],
  ['look at the objects', 'GET', /\/app\/object\/full$/],
  ['copy', 'POST', /\/copy$/],
  ['replace', 'PUT', /\/replace$/],
  ['publish', 'PUT', /\/publish$/],
  ['write', 'PUT', /\/app\/[0-9a-f-]{36}$/],
  ['delete', 'DELETE', /\/app\/[0-9a-f-]{36}$/],
];

function nameOf({ method, path, query }: RecordedRequest): string {
  const filter = new URLSearchParams(query).get('filter') ?? '';
  const named = NAMES.find(
    ([, verb, pattern, filtered = /^/]) => method === verb && pattern.test(path) && filtered.test(filter),
  );
  return named?.[0] ?? 'survey';
}

/** The requests to a site by name, but for those that a run makes once for all apps. */
function byName({ counters }: Simulator, once: readonly string[] = []): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of counters.requests.map(nameOf)) {
    if (name !== 'survey' && !once.includes(name)) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const STREAMS = ['One', 'Two', 'Three'];
const APP = { name: 'Demo Build', size: '20 KB' };
const ONE_STREAM = { publish: ['One'], replace: ['One'] };
const PUBLISHED = { upload: 1, 'look at the places': 2, 'look at the objects': 2, write: 1, publish: 1 };
const REPLACED = {
  upload: 1,
  'look at the places': 2,
  'look at the reloads': 1,
  replace: 1,
  'look at the objects': 1,
  write: 1,
  delete: 1,
};

interface Row {
  title: string;
  does: keyof typeof ONE_STREAM;
  streams: readonly string[];
  descriptionTravels?: boolean;
  asks: Readonly<Record<string, number>>;
}

const ROWS: readonly Row[] = [
  { title: 'to publish', does: 'publish', streams: ['One'], asks: PUBLISHED },
  { title: 'to replace', does: 'replace', streams: ['One'], asks: REPLACED },
  {
    title: 'to publish to three streams, three more for each where a copy has no description',
    does: 'publish',
    streams: STREAMS,
    asks: { ...PUBLISHED, copy: 2, write: 3, publish: 3 },
  },
  {
    title: 'to publish to three streams, two more for each where a copy keeps the description',
    does: 'publish',
    streams: STREAMS,
    descriptionTravels: true,
    asks: { ...PUBLISHED, copy: 2, publish: 3 },
  },
  {
    title: 'to replace in three streams, two more for each',
    does: 'replace',
    streams: STREAMS,
    asks: { ...REPLACED, replace: 3, write: 3 },
  },
];

for (const { title, does, streams, descriptionTravels = false, asks } of ROWS) {
  test(`requests: on a target, ${title}`, () =>
    on(
      {
        testData: {
          streams: STREAMS,
          apps: does === 'publish' ? [] : STREAMS.map(stream => ({ ...APP, stream })),
        },
        testSwitches: { descriptionTravels },
      },
      async set => {
        const report = await set.run(
          `from: dev\nto: [{ site: test, streams: [${streams.join(', ')}] }]\ndone: { tag: Promoted }`,
        );
        assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
        assert.deepEqual(byName(set.test), asks);
        // The second look confirms the tags of all apps in one request.
        assert.deepEqual(byName(set.dev, ['look at the objects']), {
          export: 1,
          download: 1,
          'look at the source app': 2,
          write: 1,
        });
      },
    ));
}

const MANY = Array.from({ length: 20 }, (_, number) => ({ name: `App ${number}`, size: '1 KB' }));
const TWO = `from: dev
apps: [{ filter: name sw 'App' }]
to: [{ site: test, streams: [One] }, { site: prod, streams: [One] }]
done: { tag: Promoted }`;

test('requests: of many apps and two targets, a look that is under way serves all that ask meanwhile', () => {
  const there = { streams: ['One'], apps: MANY.map(app => ({ ...app, stream: 'One' })) };
  return onThree({ devApps: MANY, testData: there, prod: there }, async set => {
    for (const site of [set.dev, set.test, set.prod]) {
      const looks = /\/(app|executionsession)\/full$/;
      site.faults.add({ method: 'GET', path: looks, times: FOR_GOOD, fault: { delay: 100 } });
    }
    const report = await set.run(TWO);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    for (const [site, most] of [
      [set.dev, 5],
      [set.test, 8],
      [set.prod, 8],
    ] as const) {
      const each = site.counters.requests.length / MANY.length;
      assert.ok(
        each <= most,
        `${site.url}: ${each} for each app, of ${most}: ${JSON.stringify(byName(site))}`,
      );
    }
  });
});

test('bytes: an app travels once from the source and once to each site, into any number of streams', () => {
  const bytes = 300_000;
  const target = { streams: STREAMS, apps: [] };
  return onThree({ app: { ...APP, size: bytes }, testData: target, prod: target }, async set => {
    const to = ['test', 'prod'].map(site => `{ site: ${site}, streams: [${STREAMS.join(', ')}] }`);
    const report = await set.run(`from: dev\nto: [${to.join(', ')}]`);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.equal(set.dev.counters.bytesSent, bytes);
    for (const site of [set.test, set.prod]) {
      assert.equal(site.counters.bytesReceived, bytes);
      assert.equal([...site.site.apps.values()].filter(({ published }) => published).length, STREAMS.length);
    }
  });
});

test('bytes: within one site nothing travels', () =>
  on({ devData: { streams: ['Build', ...STREAMS], apps: [{ ...APP, stream: 'Build' }] } }, async set => {
    const report = await set.run(`from: dev\nto: [{ site: dev, streams: [${STREAMS.join(', ')}] }]`);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual([set.dev.counters.bytesSent, set.dev.counters.bytesReceived], [0, 0]);
  }));

test('requests: a dry run reads no objects of apps that have this version by their stamp alone', () =>
  on({ devApps: MANY.slice(0, 3), testSwitches: { contentHash: 'none' } }, async set => {
    const spec = "from: dev\napps: [{ filter: name sw 'App' }]\nto: [{ site: test, streams: [Review] }]";
    await set.run(spec);
    set.test.counters.reset();
    const report = await set.run(spec, { dryRun: true });
    assert.equal(report.outcome, 'nothing-to-do', report.failures.join('\n'));
    assert.equal(set.test.counters.count('GET', /\/app\/object\//), 0);
  }));

const FEW = MANY.slice(0, 6);
const REVIEW = "from: dev\napps: [{ filter: name sw 'App' }]\nto: [{ site: test, streams: [Review] }]";

/** The target takes one upload at a time. */
const oneUpload = ({ dev, test: target }: Scene) => [
  siteOf('dev', dev),
  { ...siteOf('test', target), concurrency: 1 },
];

test('concurrency: as many apps go live at a time as the spec says, though fewer are uploaded', () =>
  on({ devApps: FEW }, async set => {
    const four = Promise.withResolvers<void>();
    let waiting = 0;
    const hold = async () => {
      waiting += 1;
      if (waiting === 4) four.resolve();
      await four.promise;
    };
    set.test.faults.add({ method: 'PUT', path: /publish$/, times: 4, fault: { run: hold } });
    const report = await set.run(REVIEW, { sites: oneUpload(set) });
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.equal(waiting, 4);
  }));

test('concurrency: an app that waits for another run holds up no upload', () =>
  on({ devApps: FEW }, async set => {
    const others = Promise.withResolvers<void>();
    let published = 0;
    set.test.faults.add({
      method: 'PUT',
      path: /publish$/,
      times: FOR_GOOD,
      fault: {
        run: () => {
          published += 1;
          if (published === FEW.length - 1) others.resolve();
        },
      },
    });
    const quick = quickClock();
    const clock = {
      ...quick,
      sleep: async (ms: number, signal: AbortSignal) => {
        // The wait for the other run ends once all other apps are live.
        if (ms === 2000) await others.promise;
        await quick.sleep(ms, signal);
      },
    };
    const first = appNamed(set.dev, 'App 0');
    theirCopy(set, first);
    const report = await set.run(`${REVIEW}\nwait-for-others: 1m`, { clock, sites: oneUpload(set) });
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.equal(published, FEW.length);
  }));

/** A working copy of another run that is still at work. */
function theirCopy({ test: { site } }: Scene, of: App): void {
  const [like = assert.fail('the target has no app')] = site.apps.values();
  const name = `qrs-action working copy of ${of.id} (4711-1-abc, 1)`;
  const copy = { ...like, ...site.stored(like.owner), name, published: false, stream: null, description: '' };
  site.apps.set(copy.id, copy);
}
