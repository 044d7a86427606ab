import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAuthority } from '../../simulator/tls.ts';
import { InputError } from '../../src/base/errors.ts';
import { formsOf } from '../../src/net/redact.ts';
import { readSites, type Site } from '../../src/sites/sites.ts';
import { token } from '../ways-in.ts';

const DAY = 86_400_000;
const NOW = Date.now();
const days = (count: number) => new Date(NOW + count * DAY);
const seconds = (count: number) => Math.floor((NOW + count * DAY) / 1000);
const authority = await createAuthority('root');
const client = (validity: { notBefore?: Date; notAfter?: Date } = {}) =>
  authority.issueClient({ name: 'QlikClient', notBefore: days(-100), ...validity });
const good = await client();
const soon = await client({ notAfter: days(9.5) });
const folder = mkdtempSync(join(tmpdir(), 'qrs-action-sites-'));
after(() => rmSync(folder, { recursive: true }));

const encrypted = (passphrase: string) =>
  createPrivateKey(good.keyPem)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString();

interface Read {
  sites: Site[];
  problems: readonly string[];
  warnings: string[];
  secrets: string[];
}

function read(text: string, environment: Record<string, string> = {}): Read {
  const told: Read = { sites: [], problems: [], warnings: [], secrets: [] };
  try {
    told.sites = readSites(
      { from: 'sites', text },
      {
        environment,
        secret: value => told.secrets.push(value),
        warning: sentence => told.warnings.push(sentence),
        now: NOW,
      },
    );
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    told.problems = error.sentences;
  }
  return told;
}

const PAIR = { CERT: good.certificatePem, KEY: good.keyPem };
const AT = 'dev:\n  url: https://qlik:4242\n';
const CERTIFICATE = `${AT}  certificate: \${CERT}\n  key: \${KEY}\n`;

interface Row {
  name: string;
  text: string;
  environment?: Record<string, string>;
  /** Exactly these, in this order. */
  problems: RegExp[];
}

const WAYS = 'Give certificate and key, or pfx, or jwt, or ntlm, or header\\.';
const NTLM = (user: string, password = 'secret-enough') =>
  `dev:\n  url: https://qlik/win\n  ntlm:\n    user: ${user}\n    password: ${password}\n`;
const HEADER = (name: string, value: string) =>
  `dev:\n  url: https://qlik/hdr\n  header:\n    name: ${name}\n    value: ${value}\n`;

const PROBLEMS: Row[] = [
  {
    name: 'no credentials',
    text: AT,
    problems: [new RegExp(`^sites:1:1: site "dev": no credentials\\. ${WAYS}$`)],
  },
  {
    name: 'several kinds',
    text: `${AT}  jwt: \${JWT}\n  header: { name: A, value: b }\n`,
    environment: { JWT: token() },
    problems: [new RegExp(`^sites:1:1: site "dev": several kinds of credentials\\. ${WAYS}$`)],
  },
  {
    name: 'a key without its certificate',
    text: `${AT}  key: \${KEY}\n`,
    environment: PAIR,
    problems: [/^sites:1:1: site "dev": certificate is missing; certificate and key go together\.$/],
  },
  {
    name: 'a key of another certificate',
    text: CERTIFICATE,
    environment: { ...PAIR, KEY: soon.keyPem },
    problems: [
      /^sites:4:3: site "dev": key: it does not belong to the certificate\. Export client\.pem and client_key\.pem again, together\.$/,
    ],
  },
  {
    name: 'an encrypted key without a passphrase',
    text: CERTIFICATE,
    environment: { ...PAIR, KEY: encrypted('open sesame') },
    problems: [/^sites:4:3: site "dev": key: it is encrypted; give its passphrase\.$/],
  },
  {
    name: 'a wrong passphrase',
    text: `${CERTIFICATE}  passphrase: \${PHRASE}\n`,
    environment: { ...PAIR, KEY: encrypted('open sesame'), PHRASE: 'MARKED' },
    problems: [/^sites:5:3: site "dev": passphrase: it does not open the key\.$/],
  },
  {
    name: 'a certificate that has expired',
    text: CERTIFICATE,
    environment: pair(await client({ notAfter: days(-2) })),
    problems: [
      /^sites:3:3: site "dev": certificate: the client certificate expired on \d{4}-\d\d-\d\d \d\d:\d\d UTC\. Export a new one, with its key, from the QMC of the site\.$/,
    ],
  },
  {
    name: 'a certificate that is not valid yet',
    text: CERTIFICATE,
    environment: pair(await client({ notBefore: days(2) })),
    problems: [
      /^sites:3:3: site "dev": certificate: the client certificate is not valid before .* UTC\. Is this machine's clock right\?$/,
    ],
  },
  {
    name: 'a file that is not there, and a proxy that is not set, at once',
    text: `${AT}  certificate: nowhere.pem\n  key: nowhere.key\n  proxy: true\n`,
    problems: [
      /^sites:3:3: site "dev": certificate: the value is neither PEM text nor base64 of it, and as a path it cannot be read \(ENOENT\)\.$/,
      /^sites:4:3: site "dev": key: the value is neither PEM text/,
      /^sites:5:3: site "dev": proxy: it is true, but the environment variable HTTPS_PROXY is not set\. Set it, or give a URL\.$/,
    ],
  },
  {
    name: 'a proxy in the environment that is none',
    text: `${CERTIFICATE}  proxy: true\n`,
    environment: { ...PAIR, HTTPS_PROXY: 'socks5://MARKED@x' },
    problems: [/^sites:5:3: site "dev": proxy: .*HTTPS_PROXY holds no http:\/\/ or https:\/\/ URL\.$/],
  },
  {
    name: 'a proxy that is no URL',
    text: `${CERTIFICATE}  proxy: MARKED\n`,
    environment: PAIR,
    problems: [
      /^sites:5:3: "dev\.proxy" must be true, or the URL of a proxy that begins with http:\/\/ or https:\/\/\.$/,
    ],
  },
  {
    name: 'a token that has expired',
    text: 'dev: { url: "https://qlik/jwt", jwt: "${JWT}" }',
    environment: { JWT: token({ exp: seconds(-1) }) },
    problems: [/^sites:1:33: site "dev": jwt: the token expired on .* UTC\. Make a new one\.$/],
  },
  {
    name: 'a token that is not valid yet',
    text: 'dev: { url: "https://qlik/jwt", jwt: "${JWT}" }',
    environment: { JWT: token({ nbf: seconds(1) }) },
    problems: [/site "dev": jwt: the token is not valid before .* UTC\. Is this machine's clock right\?$/],
  },
  {
    name: 'a token that is none',
    text: 'dev: { url: "https://qlik/jwt", jwt: MARKED }\ntest: { url: "https://qlik/b", jwt: MARKED.MARKED.MARKED }',
    problems: [
      /^sites:1:33: site "dev": jwt: the value is not a JSON Web Token \(three parts joined by dots\)\.$/,
      /^sites:2:32: site "test": jwt: the value is not a JSON Web Token \(its middle part cannot be read\)\.$/,
    ],
  },
  {
    name: 'a user of Windows without a domain',
    text: NTLM('anna'),
    problems: [/^sites:4:5: "dev\.ntlm\.user" must be DOMAIN\\user, with a domain of .*, or user@domain\.$/],
  },
  {
    name: 'a domain with other letters',
    text: NTLM('FIRMÄ\\anna'),
    problems: [
      /^sites:4:5: "dev\.ntlm\.user" must be DOMAIN\\user, with a domain of A-Z, 0-9, "\.", "_" and "-", or user@domain\.$/,
    ],
  },
  {
    name: 'a user of Windows without a password',
    text: 'dev:\n  url: https://qlik/win\n  ntlm: { user: A\\b }\n',
    problems: [/^sites:3:3: "dev\.ntlm\.password" is missing\.$/],
  },
  {
    name: 'a misspelt key inside',
    text: 'dev:\n  url: https://qlik/win\n  ntlm: { user: A\\b, pasword: MARKED }\n',
    problems: [/"dev\.ntlm\.password" is missing/, /unknown key "pasword"\. Did you mean "password"\?/],
  },
  {
    name: 'a password with a comma that nothing quotes',
    text: 'dev:\n  url: https://qlik/win\n  ntlm: { user: A\\b, password: ab,MARKED }\n',
    problems: [/^sites:3:35: a key without a value; quote the value before it if it has a comma\.$/],
  },
  {
    name: 'a key that is too long for one',
    text: `${CERTIFICATE}  ${'MARKED'.repeat(7)}: x\n`,
    environment: PAIR,
    problems: [/^sites:5:3: unknown key\. Allowed: url, certificate, /],
  },
  {
    name: 'a misspelt key without a value',
    text: `${CERTIFICATE}  pasphrase:\n`,
    environment: PAIR,
    problems: [/^sites:5:3: unknown key "pasphrase"\. Did you mean "passphrase"\?/],
  },
  {
    name: 'a password of a proxy that is not percent-encoded',
    text: `${CERTIFICATE}  proxy: http://runner:MARKED%@proxy:3128\n`,
    environment: PAIR,
    problems: [
      /^sites:5:3: site "dev": proxy: its URL has a % .*; percent-encode the password \(% is %25\)\.$/,
    ],
  },
  {
    name: 'such a password in the environment',
    text: `${CERTIFICATE}  proxy: true\n`,
    environment: { ...PAIR, HTTPS_PROXY: 'http://runner:MARKED%zz@proxy:3128' },
    problems: [
      /^sites:5:3: site "dev": proxy: the URL in HTTPS_PROXY has a % .*; percent-encode the password/,
    ],
  },
  {
    name: 'a key that is none',
    text: CERTIFICATE,
    environment: { ...PAIR, KEY: '-----BEGIN PRIVATE KEY-----\nTUFSS0VE\n-----END PRIVATE KEY-----\n' },
    problems: [
      /^sites:4:3: site "dev": key: it is not a private key\. Give the client_key\.pem .* \(ERR_OSSL_\w+\)\.$/,
    ],
  },
  {
    name: 'a header that is ours',
    text: HEADER('Cookie', 'anna'),
    problems: [/^sites:4:5: "dev\.header\.name" must be a header of its own, as set in the virtual proxy\.$/],
  },
  {
    name: 'a header that is none, with a value of other letters',
    text: HEADER('"X User"', 'änna-MARKED'),
    problems: [
      /^sites:4:5: "dev\.header\.name" must be the name of a header, as set in the virtual proxy\.$/,
      /^sites:5:5: "dev\.header\.value" must be US-ASCII: the proxy takes nothing else\.$/,
    ],
  },
  {
    name: 'a URL with more than it should have',
    text: 'dev: { url: "https://a:MARKED@qlik/jwt", jwt: x }',
    problems: [/"dev\.url" must be host, port and prefix alone: no user, query or #\.$/],
  },
];

function pair(issued: { certificatePem: string; keyPem: string }): Record<string, string> {
  return { CERT: issued.certificatePem, KEY: issued.keyPem };
}

for (const { name, text, environment, problems } of PROBLEMS) {
  test(`sites: ${name} gets its own sentence`, () => {
    const told = read(text, environment);
    assert.equal(told.problems.length, problems.length, told.problems.join('\n'));
    for (const [index, says] of problems.entries()) assert.match(told.problems[index] ?? '', says);
    assert.doesNotMatch(told.problems.join('\n'), /MARKED|-----BEGIN|secret-enough/);
  });
}

const WARNED: [string, string, Record<string, string>, RegExp | undefined][] = [
  ['a certificate with years to go', CERTIFICATE, PAIR, undefined],
  [
    'a certificate with days to go',
    CERTIFICATE,
    pair(soon),
    /^Site "dev": certificate: the client certificate expires on .* UTC, in 9 days\. Export a new one/,
  ],
  [
    'a token with days to go',
    'dev: { url: "https://qlik/jwt", jwt: "${JWT}" }',
    { JWT: token({ exp: seconds(6.5) }) },
    /^Site "dev": jwt: the token expires on .* UTC, in 6 days\. Make a new one\.$/,
  ],
  [
    'a token with hours to go',
    'dev: { url: "https://qlik/jwt", jwt: "${JWT}" }',
    { JWT: token({ exp: seconds(0.5) }) },
    /, within a day\. Make a new one\.$/,
  ],
  [
    'a token with weeks to go',
    'dev: { url: "https://qlik/jwt", jwt: "${JWT}" }',
    { JWT: token() },
    undefined,
  ],
  [
    'a token without an end',
    'dev: { url: "https://qlik/jwt", jwt: "${JWT}" }',
    { JWT: token({ exp: undefined }) },
    undefined,
  ],
];

for (const [name, text, environment, says] of WARNED) {
  test(`sites: ${name}: ${says ? 'a warning' : 'no warning'}`, () => {
    const { problems, warnings } = read(text, environment);
    assert.deepEqual(problems, []);
    assert.equal(warnings.length, says ? 1 : 0, warnings.join('\n'));
    if (says) assert.match(warnings[0] ?? '', says);
  });
}

test('sites: PEM whose line breaks are spelt out is taken', () => {
  const spelt = (pem: string) => pem.replaceAll('\n', '\\n');
  const environment = { CERT: spelt(PAIR.CERT), KEY: spelt(PAIR.KEY), CA: spelt(authority.certificatePem) };
  const { problems, secrets } = read(`${CERTIFICATE}  ca: \${CA}\n`, environment);
  assert.deepEqual(problems, []);
  const hidden = secrets.flatMap(formsOf);
  for (const line of good.keyPem.trim().split('\n').slice(1, -1)) assert.ok(hidden.includes(line));
});

test('sites: an encrypted key opens with its passphrase', () => {
  const environment = { ...PAIR, KEY: encrypted('open sesame'), PHRASE: 'open sesame' };
  assert.deepEqual(read(`${CERTIFICATE}  passphrase: \${PHRASE}\n`, environment).problems, []);
});

const hasOpenssl = () => {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' }).includes(' 3.');
  } catch {
    return false;
  }
};

function pfxOf({ certificatePem, keyPem }: typeof good, passphrase: string, ...old: string[]): string {
  const at = (name: string) => join(folder, name);
  writeFileSync(at('cert.pem'), certificatePem);
  writeFileSync(at('key.pem'), keyPem);
  const made = [
    'pkcs12',
    '-export',
    '-in',
    at('cert.pem'),
    '-inkey',
    at('key.pem'),
    '-out',
    at('client.pfx'),
  ];
  execFileSync('openssl', [...made, ...old, '-passout', `pass:${passphrase}`]);
  return at('client.pfx');
}

test('sites: a PFX, by its path', {
  skip: !hasOpenssl() && 'there is no openssl 3 to make one',
}, async () => {
  const text = (path: string, phrase: string) => `${AT}  pfx: ${path}\n  passphrase: ${phrase}\n`;
  const { problems, warnings } = read(text(pfxOf(good, 'open sesame'), 'open sesame'));
  assert.deepEqual([problems, warnings], [[], []]);
  assert.deepEqual(read(text(pfxOf(good, 'open sesame'), 'MARKED')).problems, [
    'sites:4:3: site "dev": passphrase: it does not open the pfx, or is missing.',
  ]);
  assert.match(
    read(text(pfxOf(soon, 'open sesame'), 'open sesame')).warnings.join(),
    /^Site "dev": pfx: the client certificate expires on .* in 9 days/,
  );
  assert.match(
    read(text(pfxOf(good, 'open sesame', '-legacy'), 'open sesame')).problems.join(),
    /^sites:3:3: site "dev": pfx: it is encrypted in an old way \(RC2\) that is not read any more\. Export PEM/,
  );
  const over = await client({ notAfter: days(-2) });
  assert.match(
    read(text(pfxOf(over, 'open sesame'), 'open sesame')).problems.join(),
    /^sites:3:3: site "dev": pfx: the client certificate expired on /,
  );
});

test('sites: a certificate too weak for TLS is said to be that', {
  skip: !hasOpenssl() && 'there is no openssl 3 to make one',
}, () => {
  const at = (name: string) => join(folder, name);
  const made = ['req', '-x509', '-nodes', '-days', '300', '-subj', '/CN=x', '-newkey', 'rsa:1024'];
  execFileSync('openssl', [...made, '-keyout', at('weak.key'), '-out', at('weak.pem')], { stdio: 'ignore' });
  const text = `${AT}  certificate: ${at('weak.pem')}\n  key: ${at('weak.key')}\n`;
  assert.deepEqual(read(text).problems, [
    `sites:3:3: site "dev": certificate: its key is too short for today's TLS (1024 bits?): make a new certificate, with 2048 bits or more.`,
  ]);
});

test('sites: secrets are registered in every writing, names are not', () => {
  const password = 'pass "word" 1';
  const { secrets } = read(
    `${NTLM('COMPANY\\anna', '"${PW}"')}  proxy: http://runner:p%40ssword@proxy:3128\n` +
      HEADER('X-User', 'COMPANY\\bob').replace('dev', 'test') +
      HEADER('X-User', '${HDR}').replace('dev', 'prod').replace('/hdr', '/other') +
      HEADER('X-User', '${LONG}').replace('dev', 'stage').replace('/hdr', '/long') +
      HEADER('X-User', 'a header value that is a secret').replace('dev', 'literal').replace('/hdr', '/text') +
      CERTIFICATE.replace('dev', 'qa'),
    { ...PAIR, PW: password, HDR: 'COMPANY\\carl', LONG: 'Abcdefghijklmnopqrst' },
  );
  const hidden = secrets.flatMap(formsOf);
  for (const form of [
    password,
    'pass \\"word\\" 1',
    encodeURIComponent(password),
    Buffer.from(password).toString('base64'),
    'p%40ssword',
    'p@ssword',
    'a header value that is a secret',
    'Abcdefghijklmnopqrst',
    ...good.keyPem.trim().split('\n').slice(1, -1),
  ]) {
    assert.ok(hidden.includes(form), form);
  }
  for (const name of [
    'COMPANY\\anna',
    'COMPANY\\bob',
    'bob',
    'COMPANY\\carl',
    'runner',
    'X-User',
    'qlik',
    good.certificatePem,
  ]) {
    assert.ok(!hidden.includes(name), name);
  }
});

test('sites: what any workflow says is not registered', () => {
  const { secrets } = read(NTLM('A\\b', '"true"') + HEADER('X', '"${V}"').replace('dev', 'x'), { V: '+ab' });
  assert.deepEqual(secrets, []);
  assert.deepEqual(read(NTLM('A\\b', 'prod5')).secrets, [], 'too short');
});

const ROUTES: [string, Record<string, string>, string | undefined][] = [
  ['true', { HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128'],
  ['true', { https_proxy: 'proxy:3128', HTTPS_PROXY: 'http://other' }, 'http://proxy:3128'],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'a,b' }, 'http://proxy:3128'],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '*' }, undefined],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '.company.com' }, undefined],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'a company.com' }, undefined],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'pany.com' }, 'http://proxy:3128'],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'qlik.company.com:4242' }, undefined],
  ['true', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'qlik.company.com:443' }, 'http://proxy:3128'],
  ['http://own:1', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '*' }, 'http://own:1'],
  ['false', { HTTPS_PROXY: 'http://proxy:3128' }, undefined],
];

for (const [setting, variables, way] of ROUTES) {
  test(`sites: proxy ${setting} with ${JSON.stringify(variables)}`, () => {
    const text = CERTIFICATE.replace('qlik:', 'Qlik.company.com:');
    const { sites, problems } = read(`${text}  proxy: ${setting}\n`, { ...PAIR, ...variables });
    assert.deepEqual([problems, sites[0]?.proxy], [[], way]);
  });
}

const REFUSED_NAMES = [
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'INPUT_SITES',
];
for (const name of REFUSED_NAMES) {
  test(`sites: the runner's own ${name} goes to no site`, () => {
    const { problems, secrets } = read(`${AT}  jwt: \${${name}}\n`, { [name]: token() });
    assert.deepEqual(problems, [
      `sites:3:3: \${${name}} is the runner's own and not given to sites: use a secret of another name.`,
    ]);
    assert.deepEqual(secrets, []);
  });
}

test('sites: variables are filled in where credentials and addresses stand, and nowhere else', () => {
  const { problems } = read(`${CERTIFICATE}  names: ["\${SECRET}"]\n`, { ...PAIR, SECRET: 'x' });
  assert.deepEqual(problems, [
    'sites:5:3: ${SECRET} stands in "names": variables are filled in for credentials, url, user, server-name, proxy and hub alone. Write the value there.',
  ]);
  const filled = read(
    'dev:\n  url: ${URL}\n  certificate: ${CERT}\n  key: ${KEY}\n  user: ${WHO}\n  server-name: ${NAME}\n',
    {
      ...PAIR,
      URL: 'https://qlik:4242\n',
      WHO: 'INTERNAL\\sa_api\r\n',
      NAME: '\nQLIK-DEV01',
    },
  );
  const [site] = filled.sites;
  assert.deepEqual(filled.problems, []);
  assert.deepEqual(
    [site?.url, site?.user, site?.serverName],
    ['https://qlik:4242', 'INTERNAL\\sa_api', 'QLIK-DEV01'],
  );
});

test('sites: a site that is called as no object may be is refused, and does not vanish', () => {
  const { problems, sites } = read(
    CERTIFICATE.replace('dev:', '__proto__:') + CERTIFICATE.replace('qlik', 'other'),
    PAIR,
  );
  assert.deepEqual([sites, problems], [[], ['sites:1:1: nothing can be called "__proto__".']]);
});
