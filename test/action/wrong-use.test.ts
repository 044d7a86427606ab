import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulator } from '../../simulator/server.ts';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { SPEC, type Stage } from '../sites-for-tests.ts';
import { runStep, type StepOptions, sitesInput } from './runner.ts';
import { on, payload, step } from './scene.ts';

interface Wrong {
  name: string;
  inputs?: (set: Stage) => Record<string, string>;
  more?: Partial<StepOptions>;
  says: RegExp;
}

const WRONG: Wrong[] = [
  {
    name: 'no spec',
    inputs: () => ({ promote: '' }),
    says: /None of the inputs "promote", "reload" and "check" is given/,
  },
  { name: 'no site', inputs: () => ({ sites: '' }), says: /No site is given: fill in "sites" or/ },
  {
    name: 'both kinds of sites',
    inputs: () => ({ url: 'https://x' }),
    says: /either "sites" or.*not both \(url\)/,
  },
  {
    name: 'a file that is not there',
    inputs: () => ({ promote: 'promote.yml' }),
    says: /Input "promote" is neither YAML nor the path of a file: promote\.yml was looked for in \/.*\. Was the/,
  },
  {
    name: 'a word for a boolean',
    inputs: () => ({ 'dry-run': 'yes' }),
    says: /"dry-run" must be true or false; found "yes"/,
  },
  {
    name: 'broken YAML',
    inputs: () => ({ promote: 'from: [dev\nto: x' }),
    says: /promote:2:1: a quote, bracket or brace is opened and not closed/,
  },
  {
    name: 'a misspelt key and a wrong value at once',
    inputs: () => ({ promote: 'from: dev\nform: x\nto: []\non-refusal: maybe\n' }),
    says: /promote:2:1: unknown key "form"\. Did you mean "from"\?[\s\S]*promote:4:1: "on-refusal" must be stop or skip; found "maybe"/,
  },
  {
    name: 'an unset variable',
    inputs: () => ({ sites: 'dev:\n  url: https://x\n  key: ${NOT_SET}\n' }),
    says: /sites:3:3: \$\{NOT_SET\} is used, but the environment variable is not set, or empty/,
  },
  {
    name: 'a credential that is no PEM',
    inputs: () => ({ sites: 'dev:\n  url: https://x\n  certificate: nowhere.pem\n  key: nowhere.key\n' }),
    says: /site "dev": certificate: the value is neither PEM text nor base64 of it, and as a path it cannot be read \(there is no such file, looked for in .*\)\./,
  },
  {
    name: 'no https',
    inputs: () => ({ sites: 'dev:\n  url: http://x:4242\n  jwt: a.b.c\n' }),
    says: /sites:2:3: "dev\.url" must be a URL that begins with https:\/\//,
  },
  {
    name: 'an unknown site',
    inputs: () => ({ promote: 'from: devel\nto: [{ site: test, streams: [X] }]' }),
    says: /"from" names no site: "devel"\. Did you mean "dev"\?/,
  },
  {
    name: 'an id that is none',
    more: payload({ object: { id: '../user' } }),
    says: /client_payload\.object\.id must be an id such as/,
  },
  {
    name: 'an event about no app',
    more: { event: { name: 'push', payload: {} } },
    says: /not started by a repository_dispatch/,
  },
];

for (const { name, inputs, more, says } of WRONG) {
  test(`step: ${name} gets its own sentence`, () =>
    on({}, async set => {
      const { code, outputs, log } = await step(set, inputs?.(set), more);
      assert.deepEqual([code, outputs.outcome], [1, 'failed'], log);
      assert.match(log, says);
      assert.match(log, /^::error::/m);
      assert.doesNotMatch(log, /^\s+at /m, 'no stack trace');
    }));
}

test('step: certificates that do not fit are told apart', () =>
  on({}, async set => {
    const { sites } = sitesInput({ dev: set.dev, test: set.test });
    const other = await createAuthority('other');
    const stranger = await other.issueClient({ name: 'stranger' });
    const secrets = sitesInput({ dev: set.dev, test: set.test }).env;
    const tell = async (env: Record<string, string>, inputs: Record<string, string> = {}) =>
      (await step(set, { sites, ...inputs }, { env: { ...secrets, ...env } })).log;

    assert.match(
      await tell({ DEV_CA: other.certificatePem }),
      /the server's certificate is not signed by the given ca\. Give the root\.pem/,
    );
    assert.match(
      await tell({ DEV_CERT: stranger.certificatePem, DEV_KEY: stranger.keyPem }),
      /403 Forbidden\. If this happens at every call, the site does not trust the client certificate/,
    );
  }));

test('step: a host name that the certificate does not have, and server-name as the cure', async () => {
  const short = await startSimulator({ name: 'dev', hostNames: ['QLIK-DEV01'], data: { streams: [] } });
  try {
    const { sites, env } = sitesInput({ dev: short });
    const promote = 'apps: [{ name: X }]\nto: [{ site: dev, streams: [X] }]';
    const wrong = await runStep({ inputs: { promote, sites }, env });
    assert.match(wrong.log, /is made out to other names .*Set server-name of the site/);
    const cured = await runStep({ inputs: { promote, sites: `${sites}  server-name: QLIK-DEV01\n` }, env });
    assert.match(cured.log, /There is no app called "X" on site "dev"/);
  } finally {
    await short.stop();
  }
});

const BROKEN: [string, (set: Stage) => Record<string, string>, RegExp][] = [
  [
    'a key that is none',
    () => ({ DEV_KEY: '-----BEGIN PRIVATE KEY-----\nxyz\n-----END PRIVATE KEY-----' }),
    /site "dev": key: .* a part of it is missing: give the file again/,
  ],
  [
    'a certificate in place of the key',
    set => ({ DEV_KEY: set.dev.certificate }),
    /site "dev": key: it holds a CERTIFICATE and no PRIVATE KEY\. Are key and certificate exchanged\?/,
  ],
  [
    'a certificate that is none',
    () => ({ DEV_CERT: '-----BEGIN CERTIFICATE-----\nxyz\n-----END CERTIFICATE-----' }),
    /site "dev": certificate: .* a part of it is missing: give the file again/,
  ],
  [
    'a ca that is none',
    () => ({ DEV_CA: '-----BEGIN CERTIFICATE-----\nxyz\n-----END CERTIFICATE-----' }),
    /site "dev": ca: .* a part of it is missing: give the file again/,
  ],
  [
    'a key of another certificate',
    set => ({ DEV_KEY: set.test.key }),
    /site "dev": key: it does not belong to the certificate/,
  ],
  [
    'an empty secret',
    () => ({ DEV_KEY: '' }),
    /\$\{DEV_KEY\} is used, but the environment variable is not set, or empty/,
  ],
];

for (const [name, swapped, says] of BROKEN) {
  test(`step: ${name} is told before anything is sent`, () =>
    on({}, async set => {
      const { code, log } = await step(set, {}, { env: swapped(set) });
      assert.equal(code, 1);
      assert.match(log, says);
      assert.equal(set.dev.counters.handshakes, 0);
    }));
}

const LEAKS: [string, Record<string, string>][] = [
  ['sites on one line', { sites: 'qlik.dev: { url: "https://x", jwt: MARKED.SECRET.VALUE }' }],
  ['an alias that is a secret', { sites: 'dev:\n  url: https://x\n  passphrase: *MARKED' }],
  ['a value that is no path', { sites: 'MARKED' }],
  [
    'a credential that is no PEM',
    { sites: 'dev:\n  url: https://x\n  certificate: MARKED\n  key: MARKED\n' },
  ],
];

for (const [name, inputs] of LEAKS) {
  test(`step: ${name} is not quoted`, () =>
    on({}, async set => {
      const { code, log, summary, outputs } = await step(set, inputs);
      assert.equal(code, 1);
      const shown = log.replaceAll(/^::add-mask::.*$/gm, '') + summary + JSON.stringify(outputs);
      assert.doesNotMatch(shown, /MARKED/);
    }));
}

for (const text of ['password: hunter2\n', 'note: "-----BEGIN PRIVATE KEY-----"\n']) {
  test(`step: a spec with a secret in clear is warned of (${text.slice(0, 9)})`, () =>
    on({}, async set => {
      const { log } = await step(set, { promote: `# ${text}${SPEC}${text}` });
      assert.match(log, /^::warning::promote seems to hold a secret in clear/m);
      assert.doesNotMatch(log.replaceAll(/^::add-mask::.*$/gm, ''), /hunter2/);
    }));
}
