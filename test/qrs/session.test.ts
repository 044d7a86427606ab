import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, type Qrs } from '../../src/qrs/connection.ts';
import { keepingLog, quickClock, shelf } from '../sites-for-tests.ts';
import { HEADER_VALUE, PASSWORD, siteThrough, type Way } from '../ways-in.ts';
import { failure, on, reaching, read, SPEC, serving } from './proxied.ts';

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
