import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import * as z from 'zod';
import { check } from '../../../src/check/check.ts';
import { on, planned } from '../../promote/scene.ts';
import { endStages } from '../../relay/stage.ts';
import { names, started } from '../../relay/started.ts';
import { stage as reloadStage } from '../../reload/stage.ts';
import { keepingLog, quickClock, siteOf } from '../../sites-for-tests.ts';
import { departs } from './departures.ts';
import { readVendorDescription, type Sent } from './description.ts';

/**
 * What the product asks of a site, held against the vendor's description: paths, parameters and bodies, as they leave
 * the HTTP client. All flows together have to use every path of src/qrs.
 */
const file = process.env.QRS_OPENAPI;
const skip = file === undefined && 'QRS_OPENAPI is not set';

/** What undici tells of a request that it begins. */
const requestSchema = z.object({
  request: z.object({ method: z.string(), path: z.string(), body: z.unknown() }),
});

const sent: Sent[] = [];
diagnostics.subscribe('undici:request:create', message => {
  const { method, path: whole, body } = requestSchema.parse(message).request;
  const [path = '', query = ''] = whole.split('?');
  if (!path.startsWith('/qrs/')) return;
  const text = body instanceof Uint8Array ? Buffer.from(body).toString() : 'a file';
  sent.push({ method, path, query, body: body === undefined || body === null ? undefined : text });
});
afterEach(endStages);

/** What the flow sends that the vendor does not describe. */
async function undescribed(flow: () => Promise<void>): Promise<string[]> {
  const description = readVendorDescription(file ?? '');
  const before = sent.length;
  await flow();
  const problems = sent.slice(before).flatMap(one => {
    if (departs('not described', one.path)) return [];
    const described = description.find(one.method, one.path);
    return described
      ? description.problemsSent(described, one)
      : [`${one.method} ${one.path}: not described`];
  });
  return [...new Set(problems)];
}

const PROPERTIES = { Area: ['North', 'South'] };

test('what a promotion asks is described', { skip }, async () => {
  const problems = await undescribed(() =>
    on(
      {
        app: { properties: { Area: 'North' } },
        devData: { streams: ['Build'], customProperties: PROPERTIES },
        testData: { streams: ['Everyone', 'Review'], customProperties: PROPERTIES, users: ['COMPANY\\anna'] },
      },
      async set => {
        const spec = `
from: dev
apps: [{ name: Demo Build }]
when: { properties: { Area: North } }
to: [{ site: test, streams: [Everyone, Review, Fresh] }]
missing-stream: create
owner: COMPANY\\anna
tags: [New]
custom-properties: { Area: South }
connections: drop
reload: after
backup: ${JSON.stringify(set.folder)}
archive: ${JSON.stringify(set.folder)}
done: { tag: Promoted, remove-properties: true, unpublish: true }`;
        assert.equal((await planned(set, spec)).outcome, 'planned');
        const report = await set.run(spec);
        assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      },
    ),
  );
  assert.deepEqual(problems, []);
});

const TO_TEST = 'to: [{ site: test, streams: [Everyone] }]';

test('what a plan that finds problems asks is described', { skip }, async () => {
  const problems = await undescribed(() =>
    on(
      { testData: { streams: ['Everyone'], users: ['COMPANY\\anna'], customProperties: PROPERTIES } },
      async set => {
        const refused = `from: dev\n${TO_TEST}\nowner: COMPANY\\ana
custom-properties: { Arae: South }\nrequires: { connections: [Sales], extensions: [Chart], tasks: [Nightly] }`;
        assert.equal((await set.run(refused)).outcome, 'failed');
        await set.run(`from: dev\napps: [{ name: Demo Bild }]\n${TO_TEST}`);
        await set.run(`from: dev\n${TO_TEST}`, { event: { id: crypto.randomUUID(), site: undefined } });
      },
    ),
  );
  assert.deepEqual(problems, []);
});

test('what a promotion to the same site under another address asks is described', { skip }, async () => {
  const problems = await undescribed(() =>
    on({ devData: { streams: ['Build', 'Everyone'] } }, async set => {
      const twin = { ...siteOf('test', set.dev), serverName: 'localhost' };
      const sites = [siteOf('dev', set.dev), { ...twin, url: twin.url.replace('localhost', '127.0.0.1') }];
      await set.run(`from: dev\n${TO_TEST}`, { sites, dryRun: true });
    }),
  );
  assert.deepEqual(problems, []);
});

test('what a promotion within one site asks is described, and one by properties', { skip }, async () => {
  const problems = await undescribed(() =>
    on({ devData: { streams: ['Build', 'Live'], customProperties: { A: ['x'], B: ['y'] } } }, async set => {
      assert.equal((await set.run('from: dev\nto: [{ site: dev, streams: [Live] }]')).outcome, 'promoted');
      assert.equal(
        (
          await set.run(
            'from: dev\napps: [{ filter: published eq true }]\nto: { properties: { server: A, stream: B } }',
          )
        ).outcome,
        'nothing-to-do',
      );
    }),
  );
  assert.deepEqual(problems, []);
});

test('what a promotion with a reload task asks is described', { skip }, async () => {
  const spec = (at: string) => `from: dev\n${TO_TEST}\nreload-task:
  { schedule: { every: 1d, at: "${at}", timezone: America/New_York }, after: [Load QVDs], update: true }`;
  const testData = {
    streams: ['Everyone'],
    apps: [{ name: 'Source', size: '10 KB' }],
    tasks: [{ name: 'Load QVDs', app: 'Source' }],
  };
  const problems = await undescribed(() =>
    on({ testData, testSwitches: { scheduleStart: 'utc' } }, async set => {
      for (const at of ['02:00', '03:00']) {
        const report = await set.run(spec(at));
        assert.doesNotMatch(report.outcome, /failed/, report.failures.join('\n'));
      }
    }),
  );
  assert.deepEqual(problems, []);
});

test('what a promotion that leaves the data of the target asks is described', { skip }, async () => {
  const testData = {
    streams: ['Everyone'],
    apps: [{ name: 'Demo Build', stream: 'Everyone', size: '20 KB' }],
  };
  const problems = await undescribed(() =>
    on({ testData }, async set => {
      const report = await set.run(`from: dev\n${TO_TEST}\nexperimental: true\ndata: target\nbackup: none`);
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    }),
  );
  assert.deepEqual(problems, []);
});

test('what reload requests ask is described', { skip }, async () => {
  const problems = await undescribed(async () => {
    const set = await reloadStage({
      tasks: [
        { name: 'Nightly', app: 'Sales', runs: [{ takes: '1s', ends: 'FinishedFail', log: 'Error' }] },
        { name: 'Endless', app: 'Sales', runs: [{ never: true }] },
        { name: 'Endless too', app: 'Stock', runs: [{ never: true }] },
        { name: 'Copy', type: 'external', runs: [{ takes: '1s' }] },
      ],
      apps: [
        { name: 'Sales', size: '10 KB' },
        { name: 'Stock', size: '10 KB' },
      ],
    });
    try {
      for (const [request, outcome] of [
        ['tasks: [Nightly, Copy]\nlog: always', 'failed'],
        ['app: Stock', 'reloaded'],
        ['task: Endless\ntimeout: 1m', 'failed'],
        ['tasks: [Endless, Endless too]\ntotal-timeout: 1m', 'failed'],
      ] as const) {
        const report = await set.run(request);
        assert.equal(report.outcome, outcome, `${request}\n${report.failures.join('\n')}`);
      }
    } finally {
      await set.stop();
    }
  });
  assert.deepEqual(problems, []);
});

test('what a check with changes asks is described', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action-described-'));
  const problems = await undescribed(() =>
    on({}, async set => {
      const report = await check(
        {
          names: [],
          spec: undefined,
          request: undefined,
          write: 'Everyone',
          report: join(folder, 'answers'),
        },
        {
          sites: [...set.sites].filter(({ name }) => name === 'test'),
          event: undefined,
          folder,
          run: 'run-1',
          clock: quickClock(),
          signal: new AbortController().signal,
          log: keepingLog(),
        },
      );
      assert.equal(report.outcome, 'checked', report.failures.join('\n'));
    }),
  );
  rmSync(folder, { recursive: true });
  assert.deepEqual(problems, []);
});

test('what the relay asks is described', { skip }, async () => {
  const problems = await undescribed(async () => {
    const it = await started({
      subscriptions: `
  - name: apps
    site: dev
    entity: App
    change: [add, update, delete]
    property: lastReloadTime
    filter: published eq true
    send: { repository: acme/events, event: app }
  - name: tasks
    site: dev
    entity: ReloadTask
    send: { repository: acme/events, event: task }
`,
    });
    await it.heard();
    await it.time.pass(600_000);
    await it.stop();
    assert.deepEqual(names(it), []);
  });
  assert.deepEqual(problems, []);
});

/** The paths that src/qrs asks for, with a dot for what varies. */
function pathsInSource(): string[] {
  const literals = globSync('src/qrs/**/*.ts').flatMap(name => [
    ...readFileSync(name, 'utf8').matchAll(/'(\/qrs\/[^']*)'|`(\/qrs\/[^`]*)`/g),
  ]);
  const paths = literals.map(([, plain, template = '']) => plain ?? template.replace(VARIES, '·'));
  return [...new Set(paths)].sort();
}

/** A template's expression; calls in it have no braces. */
const VARIES = /\$\{[^}]*\}/g;

after(() => {
  if (skip) return;
  const unused = pathsInSource().filter(path => {
    // Some of them are the beginnings of others.
    const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('·', '.+')}(/|$)`);
    return !path.includes('…') && !sent.some(one => pattern.test(one.path));
  });
  assert.deepEqual(unused, [], 'no flow of this file asks for these paths');
});
