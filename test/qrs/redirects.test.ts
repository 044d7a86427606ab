import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { authenticated, createChallenge, ntlmMessage } from '../../simulator/proxy/ntlm.ts';
import type { Simulator } from '../../simulator/server.ts';
import { pathWithin } from '../../src/qrs/address.ts';
import { allWaysIn, PASSWORD, siteThrough } from '../ways-in.ts';
import { listening, on, reaching, read, SPEC } from './proxied.ts';

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
