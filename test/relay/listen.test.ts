import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request as requestSecurely } from 'node:https';
import { connect as connectTo } from 'node:net';
import { afterEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { InputError } from '../../src/base/errors.ts';
import { StoreError } from '../../src/relay/store/sql.ts';
import { APP, desk, endings, item, OTHER, SECRET } from './desk.ts';

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

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

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

test('receive: the log has a trouble of the store once, until the store works again', async () => {
  let works = false;
  const here = await desk({
    store: real => ({
      accept: async (...given) => {
        if (works) return real.accept(...given);
        throw new StoreError('The store is full.');
      },
    }),
  });
  const warnings = () => here.lines.filter(line => line === 'Warning: The store is full.').length;
  for (let call = 0; call < 3; call += 1) assert.equal((await here.post([item()])).status, 503);
  assert.equal(warnings(), 1);
  works = true;
  assert.equal((await here.post([item()])).status, 202);
  works = false;
  assert.equal((await here.post([item()])).status, 503);
  assert.equal(warnings(), 2);
});

test('receive: metrics leave out what nobody knows', async () => {
  let works = true;
  const here = await desk({
    store: real => ({
      counts: async () => {
        if (works) return real.counts();
        throw new StoreError('The store is gone.');
      },
    }),
  });
  const names = ['waiting', 'dead', 'oldest_waiting_seconds', 'github_budget_left'];
  const known = async () => Promise.all(names.map(name => here.series(name)));
  await here.post([item()]);
  assert.deepEqual(await known(), [1, 0, 0, undefined]);
  works = false;
  assert.deepEqual(await known(), [undefined, undefined, undefined, undefined]);
  works = true;
  assert.deepEqual(await known(), [1, 0, 0, undefined]);
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
      /^listen: port \d+ of 127\.0\.0\.1 cannot be used: .*EADDRINUSE/.test(error.message),
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

test('receive: a port for health and metrics that cannot be used leaves nothing open', async () => {
  const other = await desk();
  const wanted = desk({ listen: { status: { host: '127.0.0.1', port: other.port } } });
  await assert.rejects(wanted, (error: unknown) => {
    assert.ok(error instanceof InputError);
    assert.match(
      error.message,
      new RegExp(`^listen: port ${other.port} of 127\\.0\\.0\\.1 cannot be used: `),
    );
    return true;
  });
});
