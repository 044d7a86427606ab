import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { test } from 'node:test';
import { token } from '../ways-in.ts';
import {
  AT,
  CERTIFICATE,
  client,
  DAY,
  days,
  encrypted,
  HEADER,
  NOW,
  NTLM,
  PAIR,
  read,
  soon,
} from './reading.ts';

const seconds = (count: number) => Math.floor((NOW + count * DAY) / 1000);

interface Row {
  name: string;
  text: string;
  environment?: Record<string, string>;
  /** Exactly these, in this order. */
  problems: RegExp[];
}
const WAYS = 'Give certificate and key, or pfx, or jwt, or ntlm, or header\\.';

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
      /^sites:3:3: site "dev": certificate: the value is neither PEM text nor base64 of it, and as a path it cannot be read \(there is no such file, looked for in .*\)\.$/,
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
    text: 'dev: { url: "https://a:MARKED@qlik/jwt", jwt: a.e30.b }',
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

test('sites: a site that is called as no object may be is refused, and does not vanish', () => {
  const { problems, sites } = read(
    CERTIFICATE.replace('dev:', '__proto__:') + CERTIFICATE.replace('qlik', 'other'),
    PAIR,
  );
  assert.deepEqual([sites, problems], [[], ['sites:1:1: nothing can be called "__proto__".']]);
});

test('sites: a wrong passphrase under which the key ends like a key gets the same sentence', () => {
  const key = encrypted('open sesame');
  const wrong = Array.from({ length: 5_000 }, (_, index) => `wrong ${index}`);
  const chosen = wrong.find(passphrase => {
    try {
      createPrivateKey({ key, passphrase });
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'ERR_OSSL_UNSUPPORTED';
    }
    return false;
  });
  const told = read(`${CERTIFICATE}  passphrase: \${PHRASE}\n`, { ...PAIR, KEY: key, PHRASE: chosen ?? '' });
  assert.deepEqual(told.problems, ['sites:5:3: site "dev": passphrase: it does not open the key.']);
});
