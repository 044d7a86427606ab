import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as requestSecurely } from 'node:https';
import { connect as connectTo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { request } from 'undici';
import { createAuthority } from '../../simulator/tls.ts';
import { InputError } from '../../src/base/errors.ts';
import type { Listen, Subscription } from '../../src/relay/config/settings.ts';
import { createIntake } from '../../src/relay/hear/intake.ts';
import { type Receiver, type Receiving, receive } from '../../src/relay/hear/receive.ts';
import { createMetrics } from '../../src/relay/metrics.ts';
import type { Delivery } from '../../src/relay/store/delivery.ts';
import { StoreError } from '../../src/relay/store/sql.ts';
import { openStore, type Store } from '../../src/relay/store/store.ts';
import { keepingLog } from '../sites-for-tests.ts';
import { createTime } from './time.ts';

async function listens(port: number): Promise<boolean> {
  const socket = connectTo(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const SECRET = 'marked-secret-of-the-callback';
const APP = '31ee79a6-0949-4175-ba0e-1866a60e3336';
const OTHER = 'a5852393-6d0c-4842-9ddf-3c49b1bd3446';

const SUBSCRIPTION: Subscription = {
  name: 'app-updated',
  site: {
    name: 'dev',
    names: [],
    url: 'https://dev:4242',
    credentials: { kind: 'jwt', jwt: 'a.b.c' },
    ca: undefined,
    user: 'INTERNAL\\sa_api',
    serverName: undefined,
    insecure: false,
    concurrency: 2,
  },
  entity: 'App',
  changes: ['update', 'delete'],
  filter: undefined,
  property: undefined,
  when: { properties: {}, tags: { has: [], lacks: [] }, status: undefined },
  ignoreUsers: [],
  send: { repository: 'acme/events', event: 'qlik-app-updated' },
  quiet: 5_000,
  maxWait: 60_000,
};

interface Desk {
  port: number;
  receiver: Receiver;
  lines: string[];
  missed: string[];
  /** What is in the file, as another process sees it. */
  stored(): Promise<Delivery[]>;
  post(body: unknown, path?: string, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  /** The value of a series of /metrics; its labels as they stand there. */
  series(name: string): Promise<number | undefined>;
}

interface Answer {
  status: number;
  body: string;
  headers: Record<string, unknown>;
}

const endings: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

interface DeskOptions {
  subscription?: Partial<Subscription>;
  listen?: Partial<Listen>;
  store?: (real: Store) => Partial<Store>;
  limit?: number;
  patience?: NonNullable<Receiving['patience']>;
}

/** The receiver with a store behind it, on a port of its own. */
async function desk(options: DeskOptions = {}): Promise<Desk> {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-receive-'));
  const path = join(folder, 'relay.db');
  endings.push(() => rmSync(folder, { recursive: true }));
  const real = await openStore(path);
  endings.push(() => real.close());
  const store = { ...real, ...options.store?.(real) };
  const { clock } = createTime();
  const log = keepingLog();
  const missed: string[] = [];
  const receiver = await receive({
    listen: {
      url: 'http://relay',
      host: '127.0.0.1',
      port: 0,
      status: undefined,
      tls: undefined,
      ...options.listen,
    },
    subscriptions: [{ ...SUBSCRIPTION, ...options.subscription }],
    secret: SECRET,
    intake: createIntake({ store, clock, share: options.limit ?? 1000, stored: () => {} }),
    store,
    metrics: createMetrics(),
    clock,
    log,
    share: options.limit ?? 1000,
    missed: ({ name }) => missed.push(name),
    gap: () => false,
    ...(options.patience ? { patience: options.patience } : {}),
  });
  endings.push(() => receiver.close());
  const call = async (method: 'GET' | 'POST', where: string, more = {}): Promise<Answer> => {
    const answer = await request(`http://127.0.0.1:${receiver.port}${where}`, { method, ...more });
    return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
  };
  const here: Desk = {
    port: receiver.port,
    receiver,
    lines: log.lines,
    missed,
    stored: async () => {
      const other = await openStore(path);
      try {
        return await other.list({ limit: 1000 });
      } finally {
        await other.close();
      }
    },
    post: (body, where = `/notify/app-updated/${SECRET}`, headers = { 'content-type': 'application/json' }) =>
      call('POST', where, { headers, body: typeof body === 'string' ? body : JSON.stringify(body) }),
    get: where => call('GET', where),
    series: async name => {
      const { body } = await call('GET', '/metrics');
      const line = body.split('\n').find(one => one.startsWith(`qrs_relay_${name} `));
      return line === undefined ? undefined : Number(line.split(' ')[1]);
    },
  };
  return here;
}

const item = (more: Record<string, unknown> = {}) => ({
  changeType: 2,
  objectType: 'App',
  objectID: APP,
  changedProperties: ['modifiedDate', 'name'],
  engineID: '',
  modifiedDate: '2026-11-20T08:00:00.000Z',
  schemaPath: 'ExternalChangeInfo',
  ...more,
});

test('receive: 202 is said when the change can be read from the file', async () => {
  const here = await desk();
  const { status, body } = await here.post([item()]);
  assert.deepEqual([status, JSON.parse(body)], [202, { accepted: 1 }]);
  const [delivery] = await here.stored();
  assert.deepEqual(
    [delivery?.subscription, delivery?.object, delivery?.change, delivery?.state, delivery?.changed],
    ['app-updated', APP, 'update', 'pending', ['modifiedDate', 'name']],
  );
});

test('receive: nothing is answered before the commit', async () => {
  const commit = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const here = await desk({
    store: real => ({
      accept: async (...given) => {
        reached.resolve();
        await commit.promise;
        return real.accept(...given);
      },
    }),
  });
  let answered = false;
  const answer = here.post([item()]).finally(() => {
    answered = true;
  });
  await reached.promise;
  await here.get('/livez');
  assert.equal(answered, false);
  commit.resolve();
  assert.equal((await answer).status, 202);
});

test('receive: each item of a call is taken by itself, and what joins another one is counted', async () => {
  const here = await desk();
  const { status } = await here.post([
    item(),
    item({ objectID: OTHER }),
    item({ changedProperties: ['owner'] }),
  ]);
  assert.equal(status, 202);
  const stored = await here.stored();
  assert.deepEqual(stored.map(({ object, count }) => [object, count]).sort(), [
    [APP, 2],
    [OTHER, 1],
  ]);
  assert.equal(await here.series('received_total{subscription="app-updated"}'), 3);
  assert.equal(await here.series('coalesced_total{subscription="app-updated"}'), 1);
});

const MALFORMED: [string, unknown][] = [
  ['no id', { objectID: undefined }],
  ['an id that is none', { objectID: "x' or 1 eq 1" }],
  ['another type', { objectType: 'Stream' }],
  ['a change that is none', { changeType: 4 }],
  ['a change by another name', { changeType: 'Updated' }],
  ['properties that are no list', { changedProperties: 'name' }],
];

for (const [name, more] of MALFORMED) {
  test(`receive: an item with ${name} is refused, and the good one beside it is stored`, async () => {
    const here = await desk();
    const { status, body } = await here.post([item(Object(more)), item({ objectID: OTHER })]);
    assert.deepEqual([status, JSON.parse(body)], [400, { error: '1 of the items make no sense.' }]);
    assert.deepEqual(
      (await here.stored()).map(({ object }) => object),
      [OTHER],
    );
    assert.equal(await here.series('malformed_total'), 1);
  });
}

const SENSELESS: [string, unknown][] = [
  ['not JSON', 'changeType=2'],
  ['nothing', ''],
  ['an empty list', []],
  ['a number', 5],
  ['null', null],
  ['a list in a list', [[item()]]],
];

for (const [name, body] of SENSELESS) {
  test(`receive: ${name} is refused and counted`, async () => {
    const here = await desk();
    assert.equal((await here.post(body)).status, 400);
    assert.deepEqual(await here.stored(), []);
    assert.equal(await here.series('malformed_total'), 1);
  });
}

const GOOD: [string, unknown, string][] = [
  ['one that is in no list', item(), 'update'],
  ['one behind a byte order mark', `\uFEFF${JSON.stringify([item()])}`, 'update'],
  ['an addition, where deletions are asked for,', item({ changeType: 1 }), 'remember'],
  ['one with fields that nobody knows', item({ somethingNew: { a: [1] } }), 'update'],
  ['a change by its name', item({ changeType: 'Update' }), 'update'],
  ['an id in capitals', item({ objectID: APP.toUpperCase() }), 'update'],
  ['one that does not tell what has changed', item({ changedProperties: null }), 'update'],
  ['one that does not tell when', item({ modifiedDate: null }), 'update'],
  ['a deletion', item({ changeType: 3, changedProperties: null }), 'delete'],
  ['a deletion by its name', item({ changeType: 'DELETE' }), 'delete'],
];

for (const [name, body, change] of GOOD) {
  test(`receive: ${name} is taken`, async () => {
    const here = await desk();
    assert.equal((await here.post(body)).status, 202);
    assert.deepEqual(
      (await here.stored()).map(one => [one.object, one.change]),
      [[APP, change]],
    );
  });
}

const CHANGED: [string | undefined, string[], number][] = [
  [undefined, ['name'], 1],
  ['name', ['modifiedDate', 'Name'], 1],
  ['name', ['modifiedDate', 'owner'], 0],
  // None at all: nobody told what.
  ['name', [], 1],
  ['!name', ['modifiedDate', 'name'], 0],
  ['!name', ['modifiedDate', 'name', 'owner'], 1],
  ['!name', ['modifiedDate'], 1],
];

for (const [property, changedProperties, taken] of CHANGED) {
  test(`receive: of ${property ?? 'any'}, a change of ${changedProperties.join(' and ') || 'nothing'}`, async () => {
    const here = await desk({ subscription: { property } });
    assert.equal((await here.post([item({ changedProperties })])).status, 202);
    assert.equal((await here.stored()).length, taken);
    assert.equal(await here.series('unwanted_total{subscription="app-updated"}'), taken === 0 ? 1 : 0);
  });
}

test('receive: a change that was not asked for is left out without complaint, a deletion is of every property', async () => {
  const updates = await desk({ subscription: { changes: ['update'] } });
  for (const changeType of [1, 3]) assert.equal((await updates.post([item({ changeType })])).status, 202);
  assert.deepEqual(await updates.stored(), []);
  const here = await desk({ subscription: { property: 'name' } });
  assert.equal((await here.post([item({ changeType: 3, changedProperties: ['owner'] })])).status, 202);
  assert.equal((await here.stored()).length, 1);
});

for (const type of [
  'application/json; charset=utf-8',
  'text/plain',
  'application/x-www-form-urlencoded',
  '',
]) {
  test(`receive: what QRS sends is JSON, if it says "${type}" too`, async () => {
    const here = await desk();
    const { status } = await here.post([item()], undefined, type === '' ? {} : { 'content-type': type });
    assert.equal(status, 202);
  });
}

test('receive: a body that is too long is refused before it is read whole', async () => {
  const here = await desk();
  const { status, body } = await here.post(JSON.stringify([item({ filler: 'x'.repeat(1_100_000) })]));
  assert.deepEqual([status, JSON.parse(body)], [413, { error: 'The body is too long.' }]);
  assert.equal(await here.series('malformed_total'), 1);
});

const STRANGERS: [string, string][] = [
  ['another secret', `/notify/app-updated/${SECRET}x`],
  ['a part of the secret', `/notify/app-updated/${SECRET.slice(0, -1)}`],
  ['another subscription', `/notify/app-deleted/${SECRET}`],
  ['neither', '/notify/app-deleted/x'],
  ['no secret', '/notify/app-updated'],
  ['another path', '/'],
];

test('receive: whoever lacks the secret or a subscription learns nothing, whatever was sent', async () => {
  const here = await desk();
  const answers = [];
  for (const [, path] of STRANGERS)
    for (const body of [[item()], 'no JSON', 'x'.repeat(1_100_000)]) {
      const { status, body: said } = await here.post(body, path).catch(() => ({ status: 404, body: '' }));
      answers.push(`${status} ${said}`);
    }
  const told = new Set(answers.filter(one => one !== '404 '));
  assert.deepEqual([...told], ['404 {"error":"Not found."}']);
  assert.deepEqual(await here.stored(), []);
  assert.equal(await here.series('malformed_total'), 0);
  assert.equal(await here.series('unknown_total'), 18);
  assert.deepEqual(here.lines, []);
});

test('receive: the path of listen.url may come along', async () => {
  const here = await desk({ listen: { url: 'http://proxy/qlik/' } });
  assert.equal((await here.post([item()], `/qlik/notify/app-updated/${SECRET}`)).status, 202);
  assert.equal((await here.post([item()])).status, 202);
});

test('receive: the name of a subscription is meant in any case', async () => {
  const here = await desk();
  assert.equal((await here.post([item()], `/notify/APP-Updated/${SECRET}`)).status, 202);
});

test('receive: what cannot be stored is turned away, to be asked for later', async () => {
  const here = await desk({
    store: () => ({
      accept: async () => {
        throw new StoreError('The store cannot be used: database or disk is full.');
      },
    }),
  });
  const { status, headers, body } = await here.post([item()]);
  assert.deepEqual([status, headers['retry-after']], [503, '30']);
  assert.deepEqual(JSON.parse(body), { error: 'The change cannot be stored.' });
  assert.deepEqual(here.missed, ['app-updated']);
  assert.equal(await here.series('turned_away_total'), 1);
  assert.deepEqual(here.lines, ['Warning: The store cannot be used: database or disk is full.']);
});

test('receive: beyond the backlog only changes of what waits already are taken', async () => {
  const here = await desk({ limit: 1 });
  assert.equal((await here.post([item()])).status, 202);
  const { status, headers } = await here.post([item({ objectID: OTHER })]);
  assert.deepEqual([status, headers['retry-after'], here.missed], [503, '30', ['app-updated']]);
  assert.equal((await here.post([item()])).status, 202);
  assert.deepEqual(
    (await here.stored()).map(({ object, count }) => [object, count]),
    [[APP, 2]],
  );
});

test('receive: ready is who can write; how it fares is told even when the store is gone', async () => {
  const lost = async () => {
    throw new StoreError('The store is gone.');
  };
  const here = await desk({ store: () => ({ probe: lost, counts: lost }) });
  assert.deepEqual(await here.get('/livez').then(({ status, body }) => [status, body]), [
    200,
    '{"alive":true}',
  ]);
  assert.deepEqual(await here.get('/readyz').then(({ status, body }) => [status, body]), [
    503,
    '{"ready":false,"why":"The store cannot be written."}',
  ]);
  const { status, body } = await here.get('/metrics');
  assert.equal(status, 200);
  assert.match(body, /^qrs_relay_malformed_total 0$/m);
  const well = await desk();
  assert.deepEqual(await well.get('/readyz').then(({ status, body }) => [status, body]), [
    200,
    '{"ready":true}',
  ]);
});

test('receive: it serves https with a certificate of its own', async () => {
  const authority = await createAuthority('own root');
  const { certificatePem, keyPem } = await authority.issueServer({ hostNames: ['127.0.0.1'] });
  const here = await desk({ listen: { tls: { certificate: certificatePem, key: keyPem } } });
  const agent = new Agent({ ca: authority.certificatePem });
  const path = `/notify/app-updated/${SECRET}`;
  const call = requestSecurely({ host: '127.0.0.1', port: here.port, path, method: 'POST', agent });
  call.end(JSON.stringify([item()]));
  const [response] = await once(call, 'response');
  response.resume();
  assert.equal(response.statusCode, 202);
  agent.destroy();
});

test('receive: a port that is taken is told in a sentence', async () => {
  const here = await desk();
  await assert.rejects(
    () => desk({ listen: { port: here.port } }),
    (error: unknown) =>
      error instanceof InputError &&
      /^listen: port \d+ of 127\.0\.0\.1 cannot be had: .*EADDRINUSE/.test(error.message),
  );
});

test('receive: a caller that says nothing, or does not come to an end, is cut off', async () => {
  const here = await desk({ patience: { arrive: 200, answer: 200 } });
  const texts = [
    '',
    'POST /notify',
    `POST /notify/app-updated/${SECRET} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n[`,
  ];
  for (const text of texts) {
    const socket = connectTo(here.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    await once(socket, 'connect');
    socket.write(text);
    await once(socket, 'close', { signal: AbortSignal.timeout(5_000) });
  }
  assert.deepEqual(await here.stored(), []);
});

test('receive: when it stops, the answer under way is given, and nobody else is waited for', async () => {
  const commit = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const here = await desk({
    store: real => ({
      accept: async (...given) => {
        reached.resolve();
        await commit.promise;
        return real.accept(...given);
      },
    }),
    patience: { arrive: 60_000, answer: 2_000 },
  });
  const idle = connectTo(here.port, '127.0.0.1');
  await once(idle, 'connect');
  const answer = here.post([item()]);
  await reached.promise;
  const closed = here.receiver.close();
  while (await listens(here.port)) await turn();
  commit.resolve();
  assert.equal((await answer).status, 202);
  await closed;
  idle.destroy();
  await assert.rejects(() => here.get('/livez'), /ECONNREFUSED/);
});

test('receive: health and metrics have a place of their own where listen.status names one', async () => {
  const here = await desk({ listen: { status: { host: '127.0.0.1', port: 0 } } });
  const at = async (port: number, path: string) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).status;
  assert.notEqual(here.receiver.status, here.port);
  for (const path of ['/livez', '/readyz', '/metrics']) {
    assert.equal(await at(here.receiver.status, path), 200, path);
    assert.equal(await at(here.port, path), 404, path);
  }
  assert.equal(await at(here.receiver.status, `/notify/app-updated/${SECRET}`), 404);
  await here.receiver.close();
  assert.equal(await listens(here.receiver.status), false);
});

test('receive: a port for health and metrics that cannot be had leaves nothing open', async () => {
  const other = await desk();
  const wanted = desk({ listen: { status: { host: '127.0.0.1', port: other.port } } });
  await assert.rejects(wanted, (error: unknown) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, new RegExp(`^listen: port ${other.port} of 127\\.0\\.0\\.1 cannot be had: `));
    return true;
  });
});
