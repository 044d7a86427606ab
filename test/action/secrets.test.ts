import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startForwardProxy } from '../../simulator/wire/forward-proxy.ts';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { HEADER_VALUE, PASSWORD, token } from '../ways-in.ts';
import { on, PROMOTE } from './proxied.ts';
import { assertHidden, both, FOR_GOOD, PHRASE, PROMOTED, testRows } from './secret-rows.ts';

/** What goes wrong with one way in alone, without a secret that is shown. */

const PROXY_PASSWORD = 'MARKED-PROXY-PASSWORD';
const SHOWN = token();
const folder = mkdtempSync(join(tmpdir(), 'qrs-action-secrets-'));
after(() => rmSync(folder, { recursive: true }));

const authority = await createAuthority('other');
const stranger = await authority.issueClient({ name: 'stranger' });
const gone = await authority.issueClient({ name: 'gone', notAfter: new Date(Date.now() - 1000) });

const encrypted = (key: string) =>
  createPrivateKey(key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PHRASE })
    .toString();

/** A server's error page that shows what it was sent. */
const echo = (text: string) => ({
  path: /qrs\/(app|stream|tag)/,
  times: FOR_GOOD,
  fault: { status: 400, body: `You sent ${text} and ${JSON.stringify(text)}` },
});

testRows([
  {
    name: 'certificate, an encrypted key',
    ways: both('certificate'),
    env: set => ({ DEV_KEY: encrypted(set.dev.key) }),
    lines: { dev: `  passphrase: ${PHRASE}\n` },
    says: PROMOTED,
  },
  {
    name: 'certificate, a wrong passphrase',
    ways: both('certificate'),
    env: set => ({ DEV_KEY: encrypted(set.dev.key) }),
    lines: { dev: '  passphrase: MARKED-OTHER\n' },
    says: /passphrase: it does not open the key/,
  },
  {
    name: 'certificate, base64',
    ways: both('certificate'),
    env: set => ({ DEV_KEY: Buffer.from(set.dev.key).toString('base64') }),
    says: PROMOTED,
  },
  {
    name: 'certificate, a broken key',
    ways: both('certificate'),
    env: set => ({ DEV_KEY: set.dev.key.replace('-----BEGIN', '----BEGIN') }),
    says: /key: it has no line -----BEGIN …-----: its beginning is missing/,
  },
  {
    name: 'certificate, a key of another',
    ways: both('certificate'),
    env: set => ({ DEV_KEY: set.test.key }),
    says: /key: it does not belong to the certificate/,
  },
  {
    name: 'certificate, expired',
    ways: both('certificate'),
    env: () => ({ DEV_CERT: gone.certificatePem, DEV_KEY: gone.keyPem }),
    says: /certificate: the client certificate expired on/,
  },
  {
    name: 'certificate, not trusted',
    ways: both('certificate'),
    env: () => ({ DEV_CERT: stranger.certificatePem, DEV_KEY: stranger.keyPem }),
    says: /does not trust the client certificate/,
  },
  {
    name: 'jwt, expired',
    ways: both('jwt'),
    env: () => ({ DEV_JWT: token({ exp: 1_700_000_000 }) }),
    says: /jwt: the token expired on 2023-11-14 22:13 UTC/,
  },
  {
    name: 'jwt, not accepted',
    ways: both('jwt'),
    env: () => ({ DEV_JWT: token({ userId: undefined }) }),
    says: /Authentication failed: the token was not accepted/,
  },
  {
    name: 'jwt, about to expire',
    ways: both('jwt'),
    env: () => ({ DEV_JWT: token({ exp: Math.floor(Date.now() / 1000) + 3600 }) }),
    says: /(::warning::|Warning: )Site "dev": jwt: the token expires on .*, within a day\. Make a new one\./,
  },
  {
    name: 'jwt, a server that shows it',
    ways: both('jwt'),
    prepare: set => set.dev.faults.add(echo(SHOWN)),
    env: () => ({ DEV_JWT: SHOWN }),
    says: /You sent \*\*\*/,
  },
  {
    name: 'ntlm, a wrong password',
    ways: both('ntlm'),
    env: () => ({ DEV_PW: 'MARKED-OTHER' }),
    says: /Authentication failed: user and password were not accepted/,
  },
  {
    name: 'ntlm, Kerberos alone',
    ways: both('ntlm'),
    more: { ntlm: { offers: 'Negotiate' } },
    says: /NTLM was not offered, only Negotiate\. Authentication failed\. Does the virtual proxy allow NTLM/,
  },
  {
    name: 'ntlm, a connection that is not kept',
    ways: both('ntlm'),
    more: { ntlm: { dropsConnection: true } },
    says: /the NTLM handshake broke off, as the connection was not kept\. Authentication failed\. Does a proxy/,
  },
  {
    name: 'ntlm, another pattern for Windows',
    ways: both('ntlm'),
    more: { ntlm: { pattern: 'Chrome' } },
    says: /200 OK \(a web page\)\. Authentication failed: Windows authentication was not offered/,
  },
  {
    name: 'ntlm, a redirect to another host',
    ways: both('ntlm'),
    more: { ntlm: { loginAt: 'https://login.example/' } },
    says: /302 Found \(a redirect to login\.example, not followed\)\. Authentication failed: /,
  },
  {
    name: 'ntlm, a server that shows the password',
    ways: both('ntlm'),
    prepare: set => set.dev.faults.add(echo(PASSWORD)),
    says: /You sent \*\*\*/,
  },
  {
    name: 'header, another name',
    ways: both('header'),
    more: { header: { name: 'Other' } },
    says: /302 Found \(a redirect to a sign-in page\)\. Authentication failed: the virtual proxy did not look at the header X-Sense-User\./,
  },
  {
    name: 'header, a server that shows it',
    ways: both('header'),
    prepare: set => set.dev.faults.add(echo(HEADER_VALUE)),
    says: /You sent \*\*\*/,
  },
  {
    name: 'header, too many sessions',
    ways: both('header'),
    prepare: set => set.proxies.dev.fill(HEADER_VALUE),
    says: /403 Forbidden \(a web page\)\. The user of the header has five sessions already, the most that a user can have/,
  },
  {
    name: 'header, a user who may not',
    ways: both('header'),
    more: { header: { plainUsers: [HEADER_VALUE] } },
    reload: true,
    says: /403 .*Has the user of the header the right to read tasks|The user of the header lacks this right/,
  },
]);

test('secrets: the password of a forward proxy, let in and not', () =>
  on({}, async set => {
    const credentials = { username: 'runner', password: PROXY_PASSWORD };
    const proxy = await startForwardProxy({ credentials });
    try {
      for (const [url, says] of [
        [proxy.url, PROMOTED],
        [proxy.url.replace(PROXY_PASSWORD, 'MARKED-OTHER'), /gave no way to .* \(407\)/],
        [`${proxy.url}/path?MARKED-OTHER`.replace('http:', 'ftp:'), /"dev\.proxy" must be true, or the URL/],
      ] as const) {
        const lines = { dev: '  proxy: ${P}\n' };
        const env = { P: url, RUNNER_DEBUG: '1' };
        const step = await set.step(both('certificate'), { promote: PROMOTE }, { lines, env });
        assert.match(step.log, says);
        assertHidden(step, [PROXY_PASSWORD, 'MARKED-OTHER']);
      }
    } finally {
      await proxy.stop();
    }
  }));

const hasOpenssl = () => {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' }).includes(' 3.');
  } catch {
    return false;
  }
};

test('secrets: a PFX', { skip: !hasOpenssl() && 'there is no openssl 3 to make one' }, () =>
  on({}, async set => {
    const at = (name: string) => join(folder, name);
    writeFileSync(at('cert.pem'), set.dev.certificate);
    writeFileSync(at('key.pem'), set.dev.key);
    const made = ['pkcs12', '-export', '-in', at('cert.pem'), '-inkey', at('key.pem'), '-out', at('c.pfx')];
    execFileSync('openssl', [...made, '-passout', `pass:${PHRASE}`]);
    const pfx = readFileSync(at('c.pfx')).toString('base64');
    const site = `dev:\n  url: ${set.dev.url}\n  ca: \${DEV_CA}\n  pfx: \${PFX}\n  passphrase: \${PHRASE}\n`;
    for (const [phrase, says] of [
      [PHRASE, /outcome|planned/],
      ['MARKED-OTHER', /passphrase: it does not open the pfx, or is missing/],
    ] as const) {
      const env = { PFX: pfx, PHRASE: phrase, RUNNER_DEBUG: '1' };
      const promote =
        'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: dev, streams: [Build] }]\nname: Other';
      const step = await set.step(both('certificate'), { promote, sites: site, 'dry-run': 'true' }, { env });
      assert.match(step.log + step.outputs.outcome, says);
      assertHidden(step, [PHRASE, 'MARKED-OTHER', pfx, set.dev.key]);
    }
  }),
);
