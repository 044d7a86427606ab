import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startForwardProxy } from '../../simulator/wire/forward-proxy.ts';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { HEADER_VALUE, type More, PASSWORD, token, type Way } from '../ways-in.ts';
import { on, PROMOTE, type Proxied, RELOAD, type SecretStep } from './proxied.ts';

/**
 * Every way in, and what goes wrong with it, run with secrets that can be told: nothing that a step prints or leaves
 * behind holds one, but for the lines by which it asks the runner to mask it.
 */

const PHRASE = 'MARKED-PASSPHRASE';
const PROXY_PASSWORD = 'MARKED-PROXY-PASSWORD';
const FOR_GOOD = Number.POSITIVE_INFINITY;
const folder = mkdtempSync(join(tmpdir(), 'qrs-action-secrets-'));
after(() => rmSync(folder, { recursive: true }));

/** What must not be seen of a secret text: it, its lines, and its other writings. */
function writings(secret: string): string[] {
  const lines = secret.split('\n').filter(line => line.length >= 16 && !line.startsWith('-----'));
  const isToken = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(secret);
  return [
    secret.trim(),
    ...lines,
    ...(isToken ? secret.split('.') : []),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret.trim()).toString('base64'),
  ];
}

/** That nothing of the step's environment is shown, nor of what it was given otherwise. */
function assertHidden(step: SecretStep, others: readonly string[], masked = true): void {
  const { summary, written, outputs } = step;
  const log = masked ? step.log.replaceAll(/^::add-mask::.*$/gm, '') : step.log;
  const shown = log + summary + written + JSON.stringify(outputs);
  assert.ok(shown.length > 200, 'there is something to look through');
  for (const secret of new Set([...step.secrets, ...others])) {
    for (const text of writings(secret)) assert.ok(!shown.includes(text), `${text.slice(0, 8)}… is shown`);
  }
  // NTLM messages, sessions and tokens of the proxies.
  assert.doesNotMatch(shown, /TlRMTVNTUA|Biscuit|X-Qlik-Session|qlikTicket|xrfkey=|qlik-csrf-token: /i);
}

interface Row {
  name: string;
  ways: { dev: Way; test: Way };
  more?: More;
  env?: (set: Proxied) => Record<string, string>;
  lines?: { dev?: string; test?: string };
  prepare?: (set: Proxied) => void;
  reload?: boolean;
  /** What the log says, so that each row is what it is called. */
  says: RegExp;
}

const both = (way: Way) => ({ dev: way, test: way });
const other = await createAuthority('other');
const stranger = await other.issueClient({ name: 'stranger' });
const gone = await other.issueClient({ name: 'gone', notAfter: new Date(Date.now() - 1000) });
const ASK = /"outcome":"promoted"|published|replaced/;

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

const ROWS: Row[] = [
  ...(['certificate', 'jwt', 'ntlm', 'header'] as const).flatMap((way): Row[] => [
    { name: `${way}, all well`, ways: both(way), says: ASK },
    { name: `${way}, a reload`, ways: both(way), reload: true, says: /Nightly/ },
    {
      name: `${way}, a site that says no`,
      ways: both(way),
      prepare: set => set.test.faults.add({ path: /publish/, times: FOR_GOOD, fault: { status: 403 } }),
      says: /refused to publish/,
    },
    {
      name: `${way}, an answer that is not JSON`,
      ways: both(way),
      prepare: set =>
        set.dev.faults.add({
          path: /qrs\/app/,
          times: FOR_GOOD,
          fault: { answer: 'Starting', contentType: 'text/plain' },
        }),
      says: /not JSON/,
    },
    {
      name: `${way}, another authority`,
      ways: both(way),
      env: () => ({ DEV_CA: other.certificatePem }),
      says: /not signed by the given ca/,
    },
    {
      name: `${way}, misspelt beside it`,
      ways: both(way),
      lines: { dev: '  pasphrase: MARKED-PASSPHRASE\n' },
      says: /unknown key "pasphrase"/,
    },
    {
      name: `${way}, two kinds at once`,
      ways: both(way),
      lines: { dev: '  pfx: MARKED-PASSPHRASE\n' },
      says: /several kinds of credentials/,
    },
  ]),
  {
    name: 'certificate, an encrypted key',
    ways: both('certificate'),
    env: set => ({ DEV_KEY: encrypted(set.dev.key) }),
    lines: { dev: `  passphrase: ${PHRASE}\n` },
    says: ASK,
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
    says: ASK,
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
];

const SHOWN = token();

for (const [{ name, ways, more = {}, env = () => ({}), lines, prepare, reload, says }, where] of ROWS.flatMap(
  row => [[row, 'on GitHub'] as const, [row, 'elsewhere'] as const],
)) {
  test(`secrets: ${name}, ${where}`, () =>
    on(more, async set => {
      const onGitHub = where === 'on GitHub';
      prepare?.(set);
      const given: Record<string, string> = env(set);
      const inputs = reload ? { reload: RELOAD } : { promote: PROMOTE };
      const runner = { GITHUB_ACTIONS: String(onGitHub), RUNNER_DEBUG: '1' };
      const options = { env: { ...runner, ...given }, ...(lines ? { lines } : {}) };
      const step = await set.step(ways, inputs, options);
      assert.match(step.log, says);
      assert.ok(step.secrets.length >= 8, 'key, token, password and header of both sites');
      const others = [set.dev.key, set.test.key, PASSWORD, HEADER_VALUE, PHRASE, 'MARKED-OTHER'];
      assertHidden(step, others, onGitHub);
      // Elsewhere nobody masks anything, and a line that asks for it would show what it is to hide.
      if (!onGitHub) assert.doesNotMatch(step.log, /^::|##/m);
    }));
}

test('secrets: the password of a forward proxy, let in and not', () =>
  on({}, async set => {
    const credentials = { username: 'runner', password: PROXY_PASSWORD };
    const proxy = await startForwardProxy({ credentials });
    try {
      for (const [url, says] of [
        [proxy.url, ASK],
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
