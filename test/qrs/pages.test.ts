import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { createChallenge, ntlmMessage } from '../../simulator/proxy/ntlm.ts';
import { cut, fail, failure, on, reaching, read, SPEC, serving } from './proxied.ts';

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
