import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createPlain } from 'node:http';
import { createServer as createTls } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { after, test } from 'node:test';
import { createChallenge } from '../../simulator/proxy/ntlm.ts';
import { startSimulator } from '../../simulator/server.ts';
import { startForwardProxy } from '../../simulator/wire/forward-proxy.ts';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { connect } from '../../src/qrs/connection.ts';
import type { Site } from '../../src/sites/site.ts';
import { keepingLog, quickClock, siteOf } from '../sites-for-tests.ts';

const dev = await startSimulator({ name: 'dev' });
after(() => dev.stop());
const known = siteOf('dev', dev);
const DAY = 86_400_000;

/** What the first call to a site comes to. */
async function told(site: Site): Promise<string> {
  const signal = new AbortController().signal;
  const qrs = connect(site, { clock: quickClock(), signal, log: keepingLog() });
  try {
    await qrs.send({ method: 'GET', path: '/qrs/about', attempt: 'say who it is' });
    return 'answered';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  } finally {
    await qrs.close();
  }
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  const address: AddressInfo | string | null = server.address();
  return `localhost:${typeof address === 'object' ? address?.port : 0}`;
}

async function closedPort(): Promise<string> {
  const server = createTcp();
  const host = await listening(server);
  server.close();
  await once(server, 'close');
  return host;
}

type Made = Awaited<ReturnType<(typeof dev.authority)['issueServer']>>;

/** A server with such a certificate, which answers nothing. */
async function serving({ certificatePem, keyPem }: Made): Promise<string> {
  return listening(createTls({ cert: certificatePem, key: keyPem }, (_, response) => response.end('{}')));
}

const at = (host: string, more: Partial<Site> = {}): Site => ({ ...known, url: `https://${host}`, ...more });
const names = { hostNames: ['localhost'] };
const other = await createAuthority('other root');
const stranger = await other.issueClient({ name: 'stranger' });
const foreign = { kind: 'certificate', certificate: stranger.certificatePem, key: stranger.keyPem } as const;

const account = { kind: 'ntlm', domain: 'COMPANY', user: 'anna', password: 'MARKED' } as const;
const issued = await dev.authority.issueServer(names);
const own = { cert: issued.certificatePem, key: issued.keyPem };

interface Row {
  name: string;
  site: () => Promise<Site>;
  says: RegExp;
}

const ROWS: Row[] = [
  { name: 'the right way', site: async () => known, says: /^answered$/ },
  {
    name: 'a closed port',
    site: async () => at(await closedPort()),
    says: /^Site "dev" gave no answer when asked to say who it is: nothing listens at localhost:\d+\. Are host and port right, is the service running, and does the firewall let this machine through\?$/,
  },
  {
    name: 'a host that is not known',
    site: async () => at('qlik-dev.invalid'),
    says: /: the host name qlik-dev\.invalid is not known\. Is the URL right, and can this machine resolve it\?$/,
  },
  {
    name: 'something that does not speak TLS',
    site: async () => at(await listening(createPlain((_, response) => response.end('hello')))),
    says: /: what answers at localhost:\d+ does not speak TLS\. Is the port right, or does a proxy on the way answer/,
  },
  {
    name: 'a chain that does not lead to ca',
    site: async () => at(await serving(await other.issueServer(names))),
    says: /: the server's certificate is not signed by the given ca\. Give the root\.pem that was exported with the client certificate as ca; or the authority of a proxy on the way/,
  },
  {
    name: 'a chain that leads to no authority that is known',
    site: async () => ({ ...known, ca: undefined }),
    says: /: the server's certificate is not signed by an authority that this machine knows\. Give the root\.pem/,
  },
  {
    name: "a server's certificate that has expired",
    site: async () =>
      at(
        await serving(
          await dev.authority.issueServer({ ...names, notAfter: new Date(Date.now() - DAY / 2) }),
        ),
      ),
    says: /: the server's certificate has expired\. Renew it in the QMC, and export the certificates again\.$/,
  },
  {
    name: "a server's certificate that is not valid yet",
    site: async () =>
      at(await serving(await dev.authority.issueServer({ ...names, notBefore: new Date(Date.now() + DAY) }))),
    says: /: the server's certificate is not valid yet\. Is this machine's clock right, and the server's\?$/,
  },
  {
    name: "a client's certificate in place of the server's",
    site: async () => at(await serving(await dev.authority.issueClient({ name: 'localhost' }))),
    says: /: the server's certificate is not made for servers\. Is this the port/,
  },
  {
    name: 'a host name that the certificate does not have',
    site: async () =>
      at(await serving(await dev.authority.issueServer({ hostNames: ['QLIK-DEV01', 'qlik-dev01.lan'] }))),
    says: /: the server's certificate is made out to other names \(QLIK-DEV01, qlik-dev01\.lan\)\. Set server-name of the site "dev" to one of these names; the connection stays verified\.$/,
  },
  {
    name: 'a client certificate that is not trusted',
    site: async () => ({ ...known, credentials: foreign }),
    says: /refused to say who it is: 403 Forbidden\. If this happens at every call, the site does not trust the client certificate \(was it exported from this site\?\), or INTERNAL\\sa_api lacks the right\.$/,
  },
  {
    name: 'a client certificate that is not trusted, by a site that cuts the connection',
    site: async () => ({ ...siteOf('dev', await cutting()), credentials: foreign }),
    says: /: the connection was cut \(.*\)\. If this happens at every call, the site does not trust the client certificate/,
  },
  {
    name: 'an NTLM challenge that cannot be read',
    site: async () => at(await challenging('NTLM TlRMTVNTUAAC'), { credentials: account }),
    says: /^Site "dev" gave no answer when asked to sign in INTERNAL\\sa_api: the NTLM challenge cannot be read\. Authentication failed\. Does something else/,
  },
  {
    name: 'an NTLM challenge for version 1 alone',
    site: async () => at(await challenging(versionOne()), { credentials: account }),
    says: /: NTLM version 2 was not offered\. Authentication failed\. Version 1 exposes passwords, so it is not used/,
  },
  {
    name: 'a sign-in that gives no session',
    site: async () =>
      at(await listening(createTls(own, (_, response) => response.end('{}'))), { credentials: account }),
    says: /: the sign-in succeeded, but no session cookie came with it\. Does a proxy or load balancer/,
  },
  {
    name: 'a forward proxy that is not there',
    site: async () => ({ ...known, proxy: `http://${await closedPort()}` }),
    says: /: nothing listens at the proxy localhost:\d+\. Are host and port right/,
  },
  {
    name: 'a forward proxy that wants credentials',
    site: async () => ({
      ...known,
      proxy: (await forwarding({ username: 'u', password: 'p' })).replace('u:p@', ''),
    }),
    says: /: the proxy 127\.0\.0\.1:\d+ gave no way to localhost:\d+ \(407\)\. It wants credentials: write them into the proxy of the site "dev", as http:\/\/user:password@host:port\.$/,
  },
  {
    name: 'a forward proxy that gets other credentials',
    site: async () => ({
      ...known,
      proxy: (await forwarding({ username: 'u', password: 'p' })).replace('u:p@', 'u:MARKED@'),
    }),
    says: /: the proxy 127\.0\.0\.1:\d+ gave no way to localhost:\d+ \(407\)\. It wants credentials/,
  },
  {
    name: 'a forward proxy that does not allow the host',
    site: async () => ({ ...known, proxy: await forwarding(undefined, ['localhost']) }),
    says: /: the proxy 127\.0\.0\.1:\d+ gave no way to localhost:\d+ \(403\)\. Does it allow this host and port\?$/,
  },
  {
    name: 'a forward proxy that cannot reach the site',
    site: async () => at(await closedPort(), { proxy: await forwarding() }),
    says: /: the proxy 127\.0\.0\.1:\d+ cut the connection\. Can it reach localhost:\d+, and does it allow tunnels/,
  },
  {
    name: 'a forward proxy that says that it cannot reach the site',
    site: async () => ({ ...known, proxy: `http://${await badGateway()}` }),
    says: /: the proxy localhost:\d+ gave no way to localhost:\d+ \(502\)\. Can it reach that host and port\?$/,
  },
  {
    name: 'a forward proxy that is the site itself',
    site: async () => ({ ...known, proxy: known.url.replace('https:', 'http:') }),
    says: /: (the proxy localhost:\d+ (cut the connection|gave no way)|the connection was cut)/,
  },
  {
    name: 'a host name that the certificate does not have, behind a forward proxy',
    site: async () =>
      at(await serving(await dev.authority.issueServer({ hostNames: ['QLIK-DEV01'] })), {
        proxy: await forwarding(),
      }),
    says: /made out to other names \(QLIK-DEV01\)\. Set server-name of the site "dev" to one of/,
  },
  {
    name: 'a chain that does not lead to ca, behind a forward proxy',
    site: async () => at(await serving(await other.issueServer(names)), { proxy: await forwarding() }),
    says: /: the server's certificate is not signed by the given ca\./,
  },
  {
    name: 'the right way, through a forward proxy',
    site: async () => ({ ...known, proxy: await forwarding({ username: 'u', password: 'p' }) }),
    says: /^answered$/,
  },
];

async function forwarding(credentials?: { username: string; password: string }, forbidden: string[] = []) {
  const proxy = await startForwardProxy({ ...(credentials ? { credentials } : {}), forbidden });
  after(() => proxy.stop());
  return proxy.url;
}

async function cutting() {
  const simulator = await startSimulator({ name: 'dev', switches: { certificate: 'reset' } });
  after(() => simulator.stop());
  return simulator;
}

/** A server that answers whatever comes with NTLM by this. */
function challenging(challenge: string): Promise<string> {
  return listening(
    createTls(own, (request, response) => {
      const offer = request.headers.authorization ? challenge : 'NTLM';
      response.writeHead(401, { 'WWW-Authenticate': offer }).end();
    }),
  );
}

/** Without extended session security. */
function versionOne(): string {
  const bytes = Buffer.from(createChallenge('COMPANY', 'QLIK01').header.slice('NTLM '.length), 'base64');
  bytes.writeUInt32LE((bytes.readUInt32LE(20) & ~0x80000) >>> 0, 20);
  return `NTLM ${bytes.toString('base64')}`;
}

function badGateway(): Promise<string> {
  const server = createPlain();
  server.on('connect', (_, socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
  return listening(server);
}

for (const { name, site, says } of ROWS) {
  test(`failures: ${name}`, async () => {
    const sentence = await told(await site());
    assert.match(sentence, says);
    assert.doesNotMatch(sentence, /MARKED|-----BEGIN/);
  });
}

for (const [days, warns] of [
  [29, true],
  [31, false],
] as const) {
  test(`failures: a server's certificate with ${days} days to go: ${warns ? 'one' : 'no'} warning`, async () => {
    const notAfter = new Date(Date.now() + (days + 0.5) * DAY);
    const host = await serving(await dev.authority.issueServer({ ...names, notAfter }));
    const log = keepingLog();
    const qrs = connect(at(host), { clock: quickClock(), signal: new AbortController().signal, log });
    const call = { method: 'GET', path: '/qrs/about', attempt: 'say who it is' } as const;
    await Promise.all([qrs.send(call), qrs.send(call)]);
    await qrs.close();
    assert.equal(log.lines.length, warns ? 1 : 0, log.lines.join());
    if (warns) {
      assert.match(
        log.lines[0] ?? '',
        /^Warning: Site "dev": the server's certificate expires on \d{4}-\d\d-\d\d, in 29 days\. Renew it in the QMC\.$/,
      );
    }
  });
}
