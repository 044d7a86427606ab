import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { z } from 'zod';
import { authenticated, createChallenge, ntlmMessage } from '../../simulator/proxy/ntlm.ts';
import type { SimulatedProxy } from '../../simulator/proxy/proxy.ts';
import type { Simulator } from '../../simulator/server.ts';
import { RemoteError } from '../../src/base/errors.ts';
import { pathWithin } from '../../src/qrs/address.ts';
import { connect, type Qrs } from '../../src/qrs/connection.ts';
import type { Site } from '../../src/sites/sites.ts';
import { keepingLog, quickClock, type Stage, shelf, stage } from '../sites-for-tests.ts';
import { allWaysIn, HEADER_VALUE, type More, PASSWORD, siteThrough, USERS, type Way } from '../ways-in.ts';

interface Proxied extends Stage {
  proxies: { dev: SimulatedProxy; test: SimulatedProxy };
  /** Both sites, each reached in its way. */
  through(dev: Way, other: Way): Site[];
}

async function on(more: More, check: (set: Proxied) => Promise<void>): Promise<void> {
  const apps = [{ name: 'Demo Build', stream: 'Everyone', size: '200 KB' }];
  const testData = { streams: ['Everyone', 'Review'], users: USERS, apps };
  const set = await stage({ devData: { users: USERS }, testData });
  const proxies = { dev: await allWaysIn(set.dev, more), test: await allWaysIn(set.test, more) };
  const through = (dev: Way, other: Way) => [
    siteThrough('dev', dev, { simulator: set.dev, proxy: proxies.dev }),
    siteThrough('test', other, { simulator: set.test, proxy: proxies.test }),
  ];
  try {
    await check({ ...set, proxies, through });
  } finally {
    await Promise.all([proxies.dev.stop(), proxies.test.stop(), set.stop()]);
  }
}

async function reaching<T>(to: Site, work: (qrs: Qrs) => Promise<T>): Promise<T> {
  const qrs = connect(to, {
    clock: quickClock(),
    signal: new AbortController().signal,
    log: keepingLog(),
  });
  try {
    return await work(qrs);
  } finally {
    await qrs.close();
  }
}

const read = (qrs: Qrs) => qrs.json(z.unknown(), { method: 'GET', path: '/qrs/app', attempt: 'read apps' });

const SPEC =
  'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Everyone, Review] }]\ndone: { tag: Promoted }';
const AFTER = ['Demo Build@Everyone', 'Demo Build@Review'];

for (const way of ['jwt', 'ntlm', 'header'] as const) {
  test(`session: twenty first calls share one sign-in by ${way}`, () =>
    on({}, async set => {
      const [, to = assert.fail()] = set.through(way, way);
      await reaching(to, qrs => Promise.all(Array.from({ length: 20 }, () => read(qrs))));
      assert.equal(set.proxies.test.sessions.made, 1);
    }));

  test(`session: it may end after any request of a promotion, by ${way}`, () =>
    on({}, async set => {
      const sites = set.through(way, way);
      await set.run(SPEC, { sites });
      const requests = { dev: set.dev.counters.requests.length, test: set.test.counters.requests.length };
      assert.ok(requests.dev >= 7 && requests.test >= 9, JSON.stringify(requests));
      // The sign-in is the same for all: one of them goes through every request.
      const step = way === 'ntlm' ? 1 : 5;
      for (const name of ['dev', 'test'] as const) {
        for (let after = 0; after < requests[name] - 1; after += step) await endingAfter(way, name, after);
      }
    }));
}

async function endingAfter(way: Way, name: 'dev' | 'test', after: number): Promise<void> {
  await on({}, async set => {
    const proxy = set.proxies[name];
    set[name].faults.add({ after, fault: { run: () => proxy.endSessions() } });
    const report = await set.run(SPEC, { sites: set.through(way, way) });
    const place = `${way} on ${name} after request ${after}`;
    assert.equal(report.outcome, 'promoted', `${place}: ${report.failures.join('\n')}`);
    assert.deepEqual(shelf(set.test), AFTER, place);
    assert.equal(proxy.sessions.made, 2, place);
  });
}

test('session: two sites are reached in two ways, with the answers of a proxy that counts', () =>
  on({}, async set => {
    const report = await set.run(SPEC, { sites: set.through('ntlm', 'jwt') });
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    const { dev, test: other } = set.proxies;
    assert.ok(dev.seen.every(({ path }) => path.startsWith('/win/')));
    assert.ok(other.seen.every(({ path }) => path.startsWith('/jwt/inner/')));
    assert.ok(other.seen.every(({ status }) => status < 300));
    assert.ok(set.test.counters.requests.every(({ user }) => user === 'COMPANY\\anna'));
  }));

for (const [name, more] of [
  ['wants a token with every change', { csrf: true }],
  ['wants the credentials with every call', { everyCall: true }],
] as const) {
  test(`session: a proxy that ${name}`, () =>
    on({ jwt: more, header: more }, async set => {
      const report = await set.run(SPEC, { sites: set.through('jwt', 'header') });
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      for (const proxy of Object.values(set.proxies)) assert.ok(proxy.sessions.made <= 2);
    }));
}

test('session: a proxy that asks for NTLM at the path itself, with a password that ends with a line', () =>
  on({ ntlm: { atOnce: true } }, async set => {
    const sites = (['dev', 'test'] as const).map(name => {
      const password = { [`${name.toUpperCase()}_PW`]: `${PASSWORD}\n` };
      return siteThrough(name, 'ntlm', { simulator: set[name], proxy: set.proxies[name] }, password);
    });
    const report = await set.run(SPEC, { sites });
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.ok(set.proxies.test.seen.every(({ status }) => status === 401 || status < 300));
  }));

test('session: a token that ends with its session is fetched anew', () =>
  on({ ntlm: { csrf: true } }, async set => {
    set.test.faults.add({ path: /upload/, fault: { run: () => set.proxies.test.endSessions() } });
    const report = await set.run(SPEC, { sites: set.through('ntlm', 'ntlm') });
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
  }));

test('session: a wrong password is tried once, however many calls wait', () =>
  on({}, async set => {
    const to = siteThrough(
      'test',
      'ntlm',
      { simulator: set.test, proxy: set.proxies.test },
      { TEST_PW: 'wrong' },
    );
    await reaching(to, async qrs => {
      const calls = Array.from({ length: 10 }, () => read(qrs));
      const ends = await Promise.allSettled(calls);
      assert.ok(ends.every(({ status }) => status === 'rejected'));
      await assert.rejects(read(qrs), {
        message:
          'Site "test" refused to sign in COMPANY\\anna: 401 Unauthorized. Authentication failed: ' +
          'user and password were not accepted. Is COMPANY\\anna locked, or its password expired? ' +
          'A run tries once, because accounts get locked.',
      });
    });
    const handshake = set.proxies.test.seen.filter(({ path }) => path.includes('internal_windows'));
    assert.equal(handshake.length, 3);
  }));

/** Another host, which is to be sent nothing at all. */
async function elsewhere(
  authority: Simulator['authority'],
  work: (url: string, count: () => number) => Promise<void>,
) {
  const own = await authority.issueServer({ hostNames: ['127.0.0.1', 'localhost'] });
  let connections = 0;
  const server = createServer({ key: own.keyPem, cert: own.certificatePem }, (_, response) => response.end());
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  try {
    await work(`https://127.0.0.1:${port}`, () => connections);
  } finally {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }
}

test('session: the handshake follows a redirect to another port of the host, on one connection there', () =>
  on({}, async set => {
    const own = await set.test.authority.issueServer({ hostNames: ['localhost'] });
    const tls = { key: own.keyPem, cert: own.certificatePem };
    const account = { user: 'COMPANY\\anna', password: PASSWORD };
    const challenge = createChallenge('COMPANY', 'QLIK01');
    const sockets = new Set<unknown>();
    const credentials: string[] = [];
    const site = createServer(tls, (request, response) => {
      credentials.push(...(request.headers.authorization ? ['site'] : []));
      const known = request.headers.cookie === 'Ticket=1';
      response.setHeader('Content-Type', 'application/json');
      response.writeHead(known ? 200 : 302, known ? {} : { Location: `${moduleAt}/login` }).end('[]');
    });
    const module = createServer(tls, (request, response) => {
      sockets.add(request.socket);
      const { authorization } = request.headers;
      const last = ntlmMessage(authorization, 3);
      if (last && authenticated(last, challenge, [account])) {
        response.setHeader('Set-Cookie', 'Ticket=1; Path=/');
        response.writeHead(302, { Location: `${siteAt}/qrs/about?xrfkey=0123456789abcdef` }).end();
        return;
      }
      const offer = ntlmMessage(authorization, 1) ? challenge.header : 'Negotiate, NTLM';
      response.writeHead(401, { 'WWW-Authenticate': offer }).end('who?');
    });
    const [siteAt, moduleAt] = [await listening(site), await listening(module)];
    const through = set.through('ntlm', 'ntlm')[1] ?? assert.fail();
    await reaching({ ...through, url: siteAt }, read);
    assert.equal(sockets.size, 1);
    assert.deepEqual(credentials, []);
  }));

async function listening(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address: AddressInfo | string | null = server.address();
  return `https://localhost:${typeof address === 'object' ? address?.port : 0}`;
}

for (const way of ['ntlm', 'jwt', 'header'] as const) {
  test(`session: a redirect to another host gets nothing, by ${way}`, () =>
    on({}, ({ test: simulator }) =>
      elsewhere(simulator.authority, async (url, count) => {
        const everyCall = { loginAt: `${url}/login`, accounts: [], name: 'Other-Name' };
        const proxy = await allWaysIn(simulator, { [way]: everyCall });
        try {
          // The simulated JWT proxy redirects only those without a token.
          const to =
            way === 'jwt'
              ? { ...siteThrough('test', 'header', { simulator, proxy }), url: proxy.url('jwt/inner') }
              : siteThrough('test', way, { simulator, proxy });
          await reaching(to, qrs =>
            assert.rejects(read(qrs), {
              message:
                /refused to sign in .*: 302 Found \(a redirect to 127\.0\.0\.1:\d+, not followed\)\. Authentication failed: /,
            }),
          );
          assert.equal(count(), 0);
        } finally {
          await proxy.stop();
        }
      }),
    ));
}

test('session: a redirect to another host midway gets nothing', () =>
  on({}, set =>
    elsewhere(set.test.authority, async (url, count) => {
      const headers = { Location: `${url}/qrs/app` };
      set.test.faults.add({ path: /qrs\/app$/, times: 9, fault: { status: 302, headers } });
      const [, to = assert.fail()] = set.through('jwt', 'jwt');
      await reaching(to, qrs => assert.rejects(read(qrs), /refused to read apps: 302 .*not followed/));
      assert.equal(count(), 0);
      assert.ok(set.proxies.test.sessions.made <= 2);
    }),
  ));

for (const given of [
  'https://127.0.0.1:9/x.qvf',
  '//127.0.0.1:9/x.qvf',
  '/\\127.0.0.1:9/x',
  'tempcontent/x',
  'http://localhost/x',
]) {
  test(`session: a download path is followed on the same site alone (${given})`, () =>
    on({}, async set => {
      const answer = JSON.stringify({ downloadPath: given });
      set.dev.faults.add({
        method: 'POST',
        path: /export/,
        times: 9,
        fault: { answer, contentType: 'application/json' },
      });
      const report = await set.run(SPEC, { sites: set.through('jwt', 'jwt') });
      assert.match(
        report.failures.join('\n'),
        /the download path leads to another host or port, and was not followed/,
      );
    }));
}

test('session: a download path may have the prefix already', () =>
  on({}, async set => {
    const [from = assert.fail()] = set.through('jwt', 'jwt');
    const { origin } = new URL(from.url);
    const paths = ['/tempcontent/a/b%20c.qvf?d=e', '/jwt/inner/tempcontent/a/b%20c.qvf?d=e'];
    for (const path of [...paths, ...paths.map(one => origin + one)]) {
      assert.equal(pathWithin(from, path), '/tempcontent/a/b%20c.qvf?d=e');
    }
  }));

/** A server in the place of a site, made of one handler. */
async function serving(
  authority: Simulator['authority'],
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const own = await authority.issueServer({ hostNames: ['localhost'] });
  return listening(createServer({ key: own.keyPem, cert: own.certificatePem }, handle));
}

const failure = (call: Promise<unknown>) =>
  call.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => (error instanceof RemoteError ? error : assert.fail(String(error))),
  );

test('session: a change answered by a page is not made again unseen', () =>
  on({}, async set => {
    let made = 0;
    const url = await serving(set.test.authority, ({ method }, response) => {
      if (method === 'POST') made += 1;
      const type = method === 'POST' ? 'text/html' : 'application/json';
      response.writeHead(200, { 'Content-Type': type, 'Set-Cookie': 'S=1' }).end('{}');
    });
    const [, to = assert.fail()] = set.through('jwt', 'jwt');
    await reaching({ ...to, url }, async qrs => {
      const error = await failure(
        qrs.send({ method: 'POST', path: '/qrs/task/x/start', attempt: 'start task "x"' }),
      );
      assert.match(error.message, /refused to start task "x": 200 OK \(a web page\)/);
      assert.deepEqual([made, error.mayBeDone, error.final], [1, true, false]);
    });
  }));

test('session: paths that are always sent elsewhere do not open session after session', () =>
  on({}, async set => {
    const headers = { Location: 'https://firewall.example/blocked' };
    set.test.faults.add({ path: /qrs\/(stream|tag)/, times: 99, fault: { status: 302, headers } });
    const [, to = assert.fail()] = set.through('jwt', 'jwt');
    await reaching(to, async qrs => {
      for (const path of ['/qrs/stream', '/qrs/tag', '/qrs/stream', '/qrs/stream', '/qrs/tag']) {
        await failure(qrs.send({ method: 'GET', path, attempt: 'read' }));
      }
      assert.equal(set.proxies.test.sessions.made, 2);
      for (const path of Array.from({ length: 20 }, (_, at) => `/qrs/stream/${at}`)) {
        await read(qrs);
        await failure(qrs.send({ method: 'GET', path, attempt: 'read' }));
      }
      await read(qrs);
    });
    assert.ok(set.proxies.test.sessions.made <= 4);
  }));

test('session: an upload that is always answered by a page is sent twice', () =>
  on({}, async set => {
    const fault = { answer: '<html>blocked</html>', contentType: 'text/html' };
    set.test.faults.add({ path: /upload/, times: 99, fault });
    const report = await set.run(SPEC, { sites: set.through('jwt', 'jwt') });
    assert.match(report.failures.join('\n'), /200 OK \(a web page\)/);
    const uploads = set.proxies.test.seen.filter(({ path }) => path.includes('upload'));
    assert.equal(uploads.length, 2);
  }));

for (const [name, end, says] of [
  ['a redirect back', back, /: 200 OK\. Authentication failed: user and password were not accepted\./],
  ['a redirect that asks anew', anew, /: 401 Unauthorized\. Authentication failed: user and password were/],
  ['a cut connection', cut, /The site did not finish the sign-in after .* A run tries once/],
  ['an error', fail, /: 503 Service Unavailable\. The site did not finish the sign-in/],
] as const) {
  test(`session: a password that is turned down by ${name} is sent once`, () =>
    on({}, async set => {
      const challenge = createChallenge('COMPANY', 'QLIK01');
      let sent = 0;
      const url = await serving(set.test.authority, (request, response) => {
        const { authorization } = request.headers;
        if (ntlmMessage(authorization, 3)) {
          sent += 1;
          end(request, response);
        } else if (request.url?.startsWith('/form')) {
          response.writeHead(200, { 'Content-Type': 'text/html' }).end('<form>');
        } else {
          const offer = ntlmMessage(authorization, 1) ? challenge.header : 'NTLM';
          response.writeHead(401, { 'WWW-Authenticate': offer }).end();
        }
      });
      const [, to = assert.fail()] = set.through('ntlm', 'ntlm');
      await reaching({ ...to, url }, async qrs => {
        const errors = await Promise.all(Array.from({ length: 5 }, () => failure(read(qrs))));
        for (const error of [...errors, await failure(read(qrs))]) {
          assert.match(error.message, says);
          assert.equal(error.final, true);
        }
      });
      assert.equal(sent, 1);
    }));
}

function back(_: IncomingMessage, response: ServerResponse) {
  response.writeHead(302, { Location: '/form?failed=1' }).end();
}
function anew(_: IncomingMessage, response: ServerResponse) {
  response.writeHead(302, { Location: '/login?failed=1' }).end();
}
function cut({ socket }: IncomingMessage) {
  socket.destroy();
}
function fail(_: IncomingMessage, response: ServerResponse) {
  response.writeHead(503).end('starting');
}

for (const [way, lapses] of [
  ['header', true],
  ['ntlm', false],
] as const) {
  test(`session: a refused sign-in by ${way} is ${lapses ? 'tried again after a minute' : 'never tried again'}`, () =>
    on({}, async set => {
      const clock = { ...quickClock(), ahead: 0, now: () => Date.now() + clock.ahead };
      const [signal, log] = [new AbortController().signal, keepingLog()];
      const place = { simulator: set.test, proxy: set.proxies.test };
      const qrs = connect(siteThrough('test', way, place, { TEST_PW: 'wrong' }), { clock, signal, log });
      try {
        set.proxies.test.fill(HEADER_VALUE);
        const first = await failure(read(qrs));
        set.proxies.test.endSessions();
        const requests = set.proxies.test.seen.length;
        assert.equal((await failure(read(qrs))).message, first.message);
        clock.ahead = 61_000;
        if (lapses) await read(qrs);
        else assert.equal((await failure(read(qrs))).message, first.message);
        assert.equal(set.proxies.test.seen.length > requests, lapses);
      } finally {
        await qrs.close();
      }
    }));
}

for (const way of ['jwt', 'ntlm', 'header'] as const) {
  test(`session: seven runs one after the other end their sessions, by ${way}`, () =>
    on({}, async set => {
      const [, to = assert.fail()] = set.through(way, way);
      for (let run = 1; run <= 7; run += 1) await reaching(to, read);
      assert.deepEqual(set.proxies.test.sessions, { made: 7, refused: 0, left: 7 });
    }));
}

for (const [name, answered] of [
  ['says nothing', false],
  ['says no', true],
] as const) {
  test(`session: a site that ${name} to the end of a session holds nobody up`, () =>
    on({}, async set => {
      const url = await serving(set.test.authority, ({ method }, response) => {
        if (method === 'GET') response.writeHead(200, { 'Set-Cookie': 'S=1' }).end('[]');
        else if (answered) response.writeHead(404).end();
      });
      const [, to = assert.fail()] = set.through('jwt', 'jwt');
      const stop = new AbortController();
      const qrs = connect({ ...to, url }, { clock: quickClock(), signal: stop.signal, log: keepingLog() });
      await read(qrs);
      stop.abort();
      const started = performance.now();
      await qrs.close();
      const took = performance.now() - started;
      assert.ok(took < (answered ? 1_000 : 2_500), `${took} ms`);
    }));
}

test('session: a body shows no cookie and no token, and that of a refused sign-in is not shown', () =>
  on({}, async set => {
    let status = 400;
    const url = await serving(set.test.authority, ({ method, headers, url: path }, response) => {
      const signedIn = headers.cookie !== undefined;
      if (path?.startsWith('/qps/csrf')) response.writeHead(204, { 'qlik-csrf-token': 'MARKEDTOKEN' }).end();
      else if (!signedIn) response.writeHead(200, { 'Set-Cookie': 'X-Qlik-Session=MARKEDSESSION' }).end('{}');
      else if (method === 'PUT' && !headers['qlik-csrf-token']) response.writeHead(403).end();
      else response.writeHead(status).end(`sent: ${JSON.stringify(headers)}`);
    });
    const [, to = assert.fail()] = set.through('jwt', 'jwt');
    await reaching({ ...to, url }, async qrs => {
      for (status of [400, 403, 200]) {
        const error = await failure(qrs.send({ method: 'PUT', path: '/qrs/app/x', attempt: 'change it' }));
        assert.match(error.message, /sent: /);
        assert.doesNotMatch(error.message, /MARKED/);
      }
      status = 401;
      const refused = await failure(qrs.send({ method: 'PUT', path: '/qrs/app/x', attempt: 'change it' }));
      assert.match(refused.message, /refused to change it: 401 Unauthorized\. Authentication failed/);
    });
    const failing = await serving(set.test.authority, (_, response) => response.writeHead(500).end('MARKED'));
    await reaching({ ...to, url: failing }, async qrs => {
      assert.match((await failure(read(qrs))).message, /: 500 Internal Server Error\./);
    });
  }));

test('session: a fetch of the token that failed or was stopped is forgotten', () =>
  on({}, async set => {
    const fetches = ['hangs', 'cut', 'given'];
    const url = await serving(set.test.authority, (request, response) => {
      const asked = request.url?.includes('/qps/csrftoken') ? fetches.shift() : request.method;
      const answers: Record<string, () => void> = {
        cut: () => request.socket.destroy(),
        given: () => response.writeHead(204, { 'qlik-csrf-token': 'MARKED' }).end(),
        GET: () => response.writeHead(200, { 'Set-Cookie': 'S=1' }).end('[]'),
        DELETE: () => response.writeHead(request.headers['qlik-csrf-token'] ? 200 : 403).end(),
      };
      answers[asked ?? '']?.();
    });
    const [, to = assert.fail()] = set.through('jwt', 'jwt');
    await reaching({ ...to, url }, async qrs => {
      const change = (over: Qrs) => over.send({ method: 'DELETE', path: '/qrs/app/x', attempt: 'remove it' });
      await assert.rejects(change(qrs.under(AbortSignal.timeout(200))), { name: 'StoppedError' });
      await assert.rejects(change(qrs), /refused to remove it: 403 Forbidden/);
      await change(qrs);
    });
  }));

for (const type of [undefined, 'Text/HTML', 'application/xhtml+xml; charset=utf-8']) {
  test(`session: a page of the type ${type} where JSON was asked for is a failed sign-in`, () =>
    on({}, async set => {
      const url = await serving(set.test.authority, (_, response) => {
        response.writeHead(200, { ...(type ? { 'Content-Type': type } : {}), 'Set-Cookie': 'S=1' });
        response.end('\r\n<!doctype HTML><html>login</html>');
      });
      const [, to = assert.fail()] = set.through('jwt', 'jwt');
      await reaching({ ...to, url }, async qrs => {
        const { message } = await failure(read(qrs));
        assert.match(message, /: 200 OK \(a web page\)\. Authentication failed: /);
      });
    }));
}
