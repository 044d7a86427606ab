import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { after, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { startGitHub } from '../../simulator/github/server.ts';
import { trouble } from '../../simulator/github/trouble.ts';
import { startForwardProxy } from '../../simulator/wire/forward-proxy.ts';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { InputError, StoppedError } from '../../src/base/errors.ts';
import { connected, EVENTS, TOKENS, wordsOf, world } from './world.ts';

const authority = await createAuthority('Company root');

/** A GitHub behind its own authority, as an Enterprise Server has it. */
async function secure(hostNames?: string[]) {
  const hub = await startGitHub({
    repositories: [EVENTS],
    tokens: TOKENS,
    tls: { authority, ...(hostNames ? { hostNames } : {}) },
  });
  after(() => hub.stop());
  return hub;
}

async function proxy(...given: Parameters<typeof startForwardProxy>) {
  const started = await startForwardProxy(...given);
  after(() => started.stop());
  return started;
}

/** Takes connections and says nothing. */
async function silent(): Promise<string> {
  const server: Server = createServer(socket => {
    socket.on('error', () => {});
    after(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  after(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

const ca = authority.certificatePem;
const ASKED = 'to dispatch "qlik-app-updated" to acme/events: ';
const UNREACHED = `GitHub (HOST) gave no answer when asked ${ASKED}`;
const ROUTE =
  'Is the URL right, and does the firewall let this machine through, or does it need a proxy (HTTPS_PROXY)?';

test('a GitHub that is away gives no answer, and is asked again when it is back', async () => {
  const { hub, send } = await world();
  await hub.away();
  const outcome = await send();
  assert.equal(outcome.kind, 'unknown');
  assert.equal(wordsOf(outcome), `${UNREACHED}nothing listens at HOST. ${ROUTE}`);
  await hub.back();
  assert.equal((await send()).kind, 'accepted');
});

test('a connection that is reset at once has an unknown end', async () => {
  const { hub, send } = await world();
  await hub.away('reset');
  const outcome = await send();
  assert.equal(outcome.kind, 'unknown');
  assert.match(wordsOf(outcome), /the connection was cut \(.+\)\./);
});

test('a name that nobody knows', async () => {
  const outcome = await connected('https://github.invalid/api/v3').send();
  assert.equal(outcome.kind, 'unknown');
  assert.match(wordsOf(outcome), /the host name github\.invalid (is not known|could not be looked up)\./);
});

test('an answer that takes too long has an unknown end', async () => {
  const { hub, send, fault } = await world({}, { timeout: 1_000 });
  fault(trouble.slow(3_000));
  const outcome = await send();
  assert.equal(outcome.kind, 'unknown');
  assert.equal(wordsOf(outcome), `GitHub (HOST) gave no answer when asked ${ASKED}no answer within 1 s.`);
  assert.equal(hub.dispatches.length, 1);
  assert.equal((await send()).kind, 'accepted', 'the call that hangs holds nothing up');
});

test('a connection that is not made in time', async () => {
  const place = await silent();
  const { send } = connected(`https://${place}`, { timeout: 400 });
  const outcome = await send();
  assert.equal(outcome.kind, 'unknown');
  assert.match(wordsOf(outcome), /: no (connection to 127\.0\.0\.1:\d+ in time|answer within 0\.4 s)\./);
});

test('an authority of its own is trusted when it is given, and not before', async () => {
  const { url } = await secure();
  const outcome = await connected(`${url}/api/v3`).send();
  assert.equal(outcome.kind, 'unknown');
  const port = new URL(url).port;
  assert.equal(
    wordsOf(outcome),
    `${UNREACHED}the server's certificate is not signed by an authority that this machine knows. If HOST has a certificate of ` +
      "your own authority, or a proxy opens the connections, give that authority's certificate as ca.",
    port,
  );
  assert.equal((await connected(`${url}/api/v3/`, { ca }).send()).kind, 'accepted');
});

test('an authority of its own is trusted beside the usual ones, not instead of them', async () => {
  const { url } = await secure();
  const other = await createAuthority('Another root');
  const usual = getCACertificates('default');
  setDefaultCACertificates([ca]);
  try {
    assert.equal((await connected(url, { ca: other.certificatePem }).send()).kind, 'accepted');
  } finally {
    setDefaultCACertificates(usual);
  }
});

test('a certificate for another name', async () => {
  const { url } = await secure(['ghe.example.com']);
  const outcome = await connected(url, { ca }).send();
  assert.equal(outcome.kind, 'unknown');
  assert.match(
    wordsOf(outcome),
    /made out to other names \(ghe\.example\.com\)\. Is the URL for GitHub written with a name that the certificate has\?$/,
  );
});

test('TLS spoken to a server without it', async () => {
  const { hub } = await world();
  const outcome = await connected(hub.url.replace('http:', 'https:')).send();
  assert.equal(outcome.kind, 'unknown');
  assert.match(wordsOf(outcome), /what answers at HOST does not speak TLS\./);
});

test('https goes through the tunnel of the proxy that the environment names', async () => {
  const { url, runs } = await secure();
  const between = await proxy({ credentials: { username: 'anna', password: 'p@ss:word' } });
  const { send, log } = connected(`${url}/api/v3`, { ca, environment: { https_proxy: between.url } });
  assert.equal((await send()).kind, 'accepted');
  assert.equal((await send()).kind, 'accepted');
  assert.deepEqual(between.tunnels, [{ host: 'localhost', port: Number(new URL(url).port) }]);
  assert.equal(runs.length, 2);
  assert.match(log.lines[0] ?? '', /^GitHub: localhost:\d+ is reached through the proxy 127\.0\.0\.1:\d+\.$/);
});

test('http is forwarded by the proxy that the environment names', async () => {
  const { hub } = await world();
  const between = await proxy();
  const environment = { HTTP_PROXY: between.url, HTTPS_PROXY: 'http://127.0.0.1:9' };
  assert.equal((await connected(hub.url, { environment }).send()).kind, 'accepted');
  assert.equal(between.forwards.length, 1);
});

test('NO_PROXY leaves the proxy out', async () => {
  const { url } = await secure();
  const between = await proxy();
  const environment = { HTTPS_PROXY: between.url, no_proxy: 'example.com, localhost' };
  assert.equal((await connected(url, { ca, environment }).send()).kind, 'accepted');
  assert.deepEqual(between.tunnels, []);
});

/** [what, proxy, words] */
const CLOSED = [
  [
    'that is not there',
    undefined,
    /nothing listens at the proxy 127\.0\.0\.1:9\. Is HTTPS_PROXY right, or does NO_PROXY need this host\?$/,
  ],
  [
    'that wants a password',
    { credentials: { username: 'anna', password: 'x' } },
    /the proxy 127\.0\.0\.1:\d+ gave no way to localhost:\d+ \(407\)\. It wants a name and a password: HTTPS_PROXY=http:\/\/name:password@host:port\.$/,
  ],
  [
    'that does not let GitHub be reached',
    { forbidden: ['localhost'] },
    /the proxy 127\.0\.0\.1:\d+ gave no way to localhost:\d+ \(403\)\. Does it allow this host and port\?$/,
  ],
] as const;

for (const [what, options, words] of CLOSED) {
  test(`a proxy ${what} keeps the event back`, async () => {
    const { url, dispatches } = await secure();
    const place = options ? new URL((await proxy(options)).url).host : '127.0.0.1:9';
    const outcome = await connected(url, { ca, environment: { HTTPS_PROXY: place } }).send();
    assert.equal(outcome.kind, 'unknown');
    assert.match(outcome.words, words);
    assert.deepEqual(dispatches, []);
  });
}

test('a proxy that forwards, and wants a password first', async () => {
  const { hub } = await world();
  const between = await proxy({ credentials: { username: 'anna', password: 'x' } });
  const environment = { HTTP_PROXY: new URL(between.url).host };
  const outcome = await connected(hub.url, { environment }).send();
  assert.equal(outcome.kind, 'unknown');
  assert.match(wordsOf(outcome), /gave no way to HOST \(407\)/);
});

test('a connection, or a tunnel, that is never made holds up no later call', async () => {
  for (const proxied of [false, true]) {
    let silence = true;
    const { url } = await secure();
    const target = new URL(url);
    const server: Server = createServer(socket => {
      socket.on('error', () => {});
      after(() => socket.destroy());
      if (silence) return;
      const pipe = (port: number) =>
        socket.pipe(connect(port, 'localhost').on('error', () => {})).pipe(socket);
      if (!proxied) return pipe(Number(target.port));
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        pipe(Number(target.port));
      });
    }).listen(0, '127.0.0.1');
    after(() => server.close());
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const way = proxied ? { environment: { HTTPS_PROXY: `127.0.0.1:${port}` } } : {};
    const { send } = connected(proxied ? url : `https://localhost:${port}`, { ca, timeout: 500, ...way });
    assert.equal((await send()).kind, 'unknown');
    silence = false;
    assert.equal((await send()).kind, 'accepted', `proxied: ${proxied}`);
  }
});

test('a proxy that never answers', async () => {
  const { url } = await secure();
  const environment = { HTTPS_PROXY: await silent() };
  const outcome = await connected(url, { ca, environment, timeout: 400 }).send();
  assert.equal(outcome.kind, 'unknown');
  assert.match(wordsOf(outcome), /: no answer within 0\.4 s\./);
});

test('stopping says whether the event may have gone', async () => {
  const { hub, send, fault } = await world();
  await assert.rejects(send({}, AbortSignal.abort()), (error: unknown) => {
    assert.ok(error instanceof StoppedError);
    assert.equal(
      error.message,
      'Stopped before GitHub was asked to dispatch "qlik-app-updated" to acme/events.',
    );
    return true;
  });
  assert.equal(hub.counters.requests.length, 0);
  const stop = new AbortController();
  fault({ run: () => stop.abort() });
  await assert.rejects(send({}, stop.signal), (error: unknown) => {
    assert.ok(error instanceof StoppedError);
    assert.match(
      error.message,
      /^Stopped while GitHub was asked to dispatch .*; it may have done it all the same\.$/,
    );
    return true;
  });
});

test('stopping ends a call whose connection is not made yet', async () => {
  const { send } = connected(`https://${await silent()}`);
  const stop = new AbortController();
  setImmediate(() => stop.abort());
  await assert.rejects(send({}, stop.signal), StoppedError);
});

test('what cannot be the way to GitHub fails at once, and without what may be a password in it', () => {
  const wrong: [string, Parameters<typeof connected>[1], RegExp][] = [
    ['api.github.com', {}, /The URL for GitHub is not one such as https:\/\/api\.github\.com/],
    ['https://user:hunter2@api.github.com', {}, /a token has a place of its own/],
    [
      'https://api.github.com',
      { environment: { HTTPS_PROXY: 'socks5://user:hunter2@host' } },
      /HTTPS_PROXY is not the URL of a proxy/,
    ],
    [
      'https://api.github.com',
      { environment: { HTTPS_PROXY: 'http://user:hunter2@:x' } },
      /HTTPS_PROXY is not the URL of a proxy/,
    ],
    ['https://api.github.com', { ca: 'hunter2' }, /The ca for GitHub is not a certificate in PEM/],
  ];
  for (const [url, connection, message] of wrong) {
    assert.throws(
      () => connected(url, connection),
      (error: unknown) =>
        error instanceof InputError && message.test(error.message) && !error.message.includes('hunter2'),
      url,
    );
  }
});
