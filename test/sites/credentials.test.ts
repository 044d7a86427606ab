import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { formsOf } from '../../src/net/redact.ts';
import {
  AT,
  authority,
  CERTIFICATE,
  client,
  days,
  encrypted,
  good,
  HEADER,
  NTLM,
  PAIR,
  read,
  soon,
} from './reading.ts';

const folder = mkdtempSync(join(tmpdir(), 'qrs-action-sites-'));
after(() => rmSync(folder, { recursive: true }));

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
