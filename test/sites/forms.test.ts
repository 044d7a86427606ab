import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startSimulator } from '../../simulator/server.ts';
import { InputError, messageOf } from '../../src/base/errors.ts';
import { formsOf } from '../../src/net/redact.ts';
import { connect } from '../../src/qrs/connection.ts';
import { readSites } from '../../src/sites/sites.ts';
import { keepingLog, quickClock } from '../sites-for-tests.ts';

/**
 * Credentials in the forms in which secret stores, editors and shells hand them on: what connects, what was mended on
 * the way, and what is refused with which sentence.
 */
const dev = await startSimulator({ name: 'dev' });
const folder = mkdtempSync(join(tmpdir(), 'qrs-action-forms-'));
after(async () => {
  await dev.stop();
  rmSync(folder, { recursive: true });
});
const PHRASE = 'open sesame, please';
const privateKey = createPrivateKey(dev.key);
const locked = privateKey
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PHRASE })
  .toString();
const lockedDer = privateKey.export({
  type: 'pkcs8',
  format: 'der',
  cipher: 'aes-256-cbc',
  passphrase: PHRASE,
});
const certificateDer = new X509Certificate(dev.certificate).raw;
const keyDer = privateKey.export({ type: 'pkcs8', format: 'der' });
const isRsa = privateKey.asymmetricKeyType === 'rsa';

let count = 0;
/** The path of a file with such bytes. */
function file(content: string | Buffer): string {
  count += 1;
  const path = join(folder, `${count}.pem`);
  writeFileSync(path, content);
  return path;
}

/** What OpenSSL makes of the key. */
function openssl(...words: string[]): string {
  return execFileSync('openssl', words, { input: dev.key, stdio: ['pipe', 'pipe', 'ignore'] }).toString();
}

const base64 = (content: string | Buffer) => Buffer.from(content).toString('base64');
const oneLine = (pem: string, between: string) => pem.trim().replaceAll('\n', between);
const body = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, '');
const utf16 = (pem: string) => Buffer.from(`\ufeff${pem}`, 'utf16le');
const utf16be = (pem: string) => Buffer.from(utf16(pem)).swap16();

interface Given {
  certificate?: string;
  key?: string;
  ca?: string;
  passphrase?: string;
}

/** [what, what is given in place of the usual, whether it connects, what is said] */
type Row = [what: string, given: Given, connects: boolean, says?: RegExp];

const LOST = /certificate: its line breaks were lost; it was mended\. Store the file as it was exported\.$/;
const ROWS: Row[] = [
  ['as it was exported', {}, true],
  ['in files', { certificate: file(dev.certificate), key: file(dev.key), ca: file(dev.ca) }, true],
  ['in base64', { certificate: base64(dev.certificate), key: base64(dev.key), ca: base64(dev.ca) }, true],
  ['in base64 that is wrapped', { key: base64(dev.key).replace(/(.{76})/g, '$1\n') }, true],
  ["with Windows' line breaks", { certificate: dev.certificate.replaceAll('\n', '\r\n') }, true],
  [
    'with a line break too many at its end',
    { certificate: `${dev.certificate}\n\n`, key: `\n${dev.key}\n` },
    true,
  ],
  ['without the last line break', { certificate: dev.certificate.trim(), key: dev.key.trim() }, true],
  ['with line breaks that became blanks', { certificate: oneLine(dev.certificate, ' ') }, true, LOST],
  ['with line breaks that are gone', { certificate: oneLine(dev.certificate, '') }, true, LOST],
  [
    'a key with line breaks that became blanks',
    { key: oneLine(dev.key, ' ') },
    true,
    /key: its line breaks were lost; it was/,
  ],
  [
    'a ca with line breaks that became blanks',
    { ca: oneLine(dev.ca, ' ') },
    true,
    /ca: its line breaks were lost; it was/,
  ],
  [
    'with line breaks spelt out',
    { key: oneLine(dev.key, '\\n') },
    true,
    /key: its line breaks were spelt out as \\n; it/,
  ],
  ["with Windows' line breaks spelt out", { key: oneLine(dev.key, '\\r\\n') }, true, /spelt out/],
  ['with line breaks spelt out, in a file', { key: file(oneLine(dev.key, '\\n')) }, true, /spelt out/],
  ['with line breaks spelt out, in base64', { key: base64(oneLine(dev.key, '\\n')) }, true, /spelt out/],
  [
    'in double quotes',
    { certificate: `"${dev.certificate}"` },
    true,
    /certificate: it was in quotes; it was mended/,
  ],
  ['in single quotes', { key: `'${dev.key}'` }, true, /key: it was in quotes/],
  ['in quotes, with line breaks spelt out', { key: `"${oneLine(dev.key, '\\n')}"` }, true, /spelt out/],
  ['indented', { certificate: dev.certificate.replace(/^/gm, '    ') }, true, /certificate: it had spaces/],
  ['indented by tabs', { key: dev.key.replace(/^/gm, '\t') }, true, /key: it had spaces/],
  ['with blanks at the ends of its lines', { certificate: dev.certificate.replaceAll('\n', '  \n') }, true],
  [
    'UTF-16 in a file',
    { certificate: file(utf16(dev.certificate)) },
    true,
    /certificate: it was UTF-16; it was mended/,
  ],
  ['UTF-16 with the bytes swapped', { key: file(utf16be(dev.key)) }, true, /key: it was UTF-16/],
  ['UTF-16 in base64', { key: base64(utf16(dev.key)) }, true, /key: it was UTF-16/],
  ['UTF-8 with a byte order mark', { certificate: file(`\ufeff${dev.certificate}`) }, true],
  ['DER in a file', { certificate: file(certificateDer) }, true, /certificate: it was DER; it was mended/],
  ['DER in base64', { certificate: base64(certificateDer) }, true, /certificate: it was DER/],
  ['a key as DER', { key: file(keyDer) }, true, /key: it was DER/],
  ['base64 in a file', { key: file(`${base64(dev.key)}\n`) }, true, /key: it was base64 in a file/],
  ['the body of a PEM alone', { certificate: body(dev.certificate) }, true, /certificate: it was DER/],
  [
    'certificate and key in one text',
    { certificate: dev.certificate + dev.key, key: dev.certificate + dev.key },
    true,
  ],
  [
    'with words before and behind',
    { certificate: `Bag Attributes\n  name: x\n${dev.certificate}end\n` },
    true,
  ],
  ['a chain', { certificate: dev.certificate + dev.ca }, true],
  ['two authorities', { ca: dev.ca + dev.certificate }, true],
  ['an encrypted key', { key: locked, passphrase: PHRASE }, true],
  ['an encrypted key and a passphrase with a line break', { key: locked, passphrase: `${PHRASE}\n` }, true],
  [
    'an encrypted key on one line',
    { key: oneLine(locked, ' '), passphrase: PHRASE },
    true,
    /key: its line breaks were lost/,
  ],
  [
    'an encrypted key without its passphrase',
    { key: locked },
    false,
    /key: it is encrypted; give its passphrase\.$/,
  ],
  ['another passphrase', { key: locked, passphrase: 'x' }, false, /passphrase: it does not open the key\.$/],
  [
    'an encrypted key as DER',
    { key: file(lockedDer), passphrase: PHRASE },
    false,
    /key: it is DER, and not of a private key that is readable without a passphrase\. Is it a PFX file\? Then give it as pfx\.$/,
  ],
  [
    'a key that is encrypted with DES',
    {
      key: openssl(
        'pkcs8',
        '-topk8',
        '-v1',
        'PBE-MD5-DES',
        '-passout',
        `pass:${PHRASE}`,
        '-provider',
        'legacy',
        '-provider',
        'default',
      ),
      passphrase: PHRASE,
    },
    false,
    /key: it is encrypted in an old way \(DES or RC2\) that is not read any more\. Convert it with openssl pkcs8/,
  ],
  [
    'a key that is encrypted with RC2',
    {
      key: openssl(
        'pkcs8',
        '-topk8',
        '-v1',
        'PBE-SHA1-RC2-40',
        '-passout',
        `pass:${PHRASE}`,
        '-provider',
        'legacy',
        '-provider',
        'default',
      ),
      passphrase: PHRASE,
    },
    false,
    /key: it is encrypted in an old way/,
  ],
  [
    'a certificate that was cut',
    { certificate: dev.certificate.slice(0, 500) },
    false,
    /certificate: it has no line -----END …-----: its end is missing\.$/,
  ],
  [
    'a certificate without its first line',
    { certificate: dev.certificate.replace(/^.*\n/, '') },
    false,
    /certificate: it has no line -----BEGIN …-----: its beginning is missing\.$/,
  ],
  [
    'one letter missing',
    { certificate: dev.certificate.replace(/\nM/, '\n') },
    false,
    /certificate: a part of it is missing: give the file again\.$/,
  ],
  [
    'line breaks lost and a + that became a blank',
    { key: oneLine(dev.key.replace(/\w(?=\w{3}\n)/, ''), ' ') },
    false,
    /key: its line breaks are lost, and a part of it is missing: give the file again\.$/,
  ],
  [
    'with stars for a letter',
    { certificate: dev.certificate.replace(/\nM/, '\n*') },
    false,
    /certificate: it has characters that are not base64/,
  ],
  [
    'dashes that a word processor made long',
    { certificate: dev.certificate.replaceAll('-----', '———') },
    false,
    /certificate: (the dashes of -----BEGIN …----- are not all there|the value is neither PEM text)/,
  ],
  [
    'exchanged',
    { certificate: dev.key, key: dev.certificate },
    false,
    /certificate: it holds a PRIVATE KEY and no CERTIFICATE\. Are certificate and key exchanged\?/,
  ],
  [
    'a public key',
    { key: openssl('pkey', '-pubout') },
    false,
    /key: it holds a PUBLIC KEY and no PRIVATE KEY\.$/,
  ],
  ['an empty file', { certificate: file('') }, false, /certificate: it is empty\.$/],
  [
    'a web page',
    { certificate: file('<html>not found</html>') },
    false,
    /certificate: it holds no PEM text \(it should have a line -----BEGIN …-----\)\.$/,
  ],
  [
    'a path that is not there',
    { key: join(folder, 'no.pem') },
    false,
    /key: the value is neither PEM .* cannot be read \(there is no such file, looked for in .+\)\.$/,
  ],
  ['a path with a line break', { certificate: `${file(dev.certificate)}\n` }, true],
];
if (isRsa) {
  const old = openssl('rsa', '-aes256', '-passout', `pass:${PHRASE}`, '-traditional');
  ROWS.push(
    ['a key of the old kind', { key: openssl('rsa', '-traditional') }, true],
    ['an encrypted key of the old kind', { key: old, passphrase: PHRASE }, true],
    [
      'an encrypted key of the old kind on one line',
      { key: oneLine(old, ' '), passphrase: PHRASE },
      true,
      /key: its line breaks/,
    ],
  );
}

test('there are some fifty forms', () => assert.ok(ROWS.length >= 50));

for (const [what, given, connects, says] of ROWS) {
  test(`a credential ${what}: ${connects ? 'connects' : 'is refused'}`, async () => {
    const { certificate = dev.certificate, key = dev.key, ca = dev.ca, passphrase = '' } = given;
    const text = [
      'dev:',
      `  url: ${dev.url}`,
      '  certificate: ${CERT}',
      '  key: ${KEY}',
      '  ca: ${CA}',
      ...(passphrase ? ['  passphrase: ${PASSPHRASE}'] : []),
    ].join('\n');
    const environment = { CERT: certificate, KEY: key, CA: ca, PASSPHRASE: passphrase };
    const said: string[] = [];
    const secrets: string[] = [];
    const options = {
      environment,
      secret: (value: string) => secrets.push(value),
      warning: (line: string) => said.push(line),
    };
    let came = 'connected';
    try {
      const [site] = readSites({ from: 'sites', text }, options);
      assert.ok(site);
      const log = keepingLog();
      const qrs = connect(site, { clock: quickClock(), signal: new AbortController().signal, log });
      await qrs
        .send({ method: 'GET', path: '/qrs/about', attempt: 'say who it is' })
        .finally(() => qrs.close());
    } catch (error) {
      came = messageOf(error);
      assert.ok(error instanceof InputError, came);
      said.push(...error.sentences);
    }
    assert.equal(came === 'connected', connects, came);
    if (says)
      assert.ok(
        said.some(line => says.test(line)),
        said.join('\n'),
      );
    else assert.deepEqual(said, []);
    const pieces = body(dev.key).match(/.{20}/g) ?? [];
    assert.ok(!pieces.some(piece => said.some(line => line.includes(piece))), 'no piece of the key is shown');
    if (connects) {
      const hidden = new Set(secrets.flatMap(formsOf));
      for (const line of dev.key.trim().split('\n').slice(1, -1)) {
        assert.ok(
          given.key?.includes('ENCRYPTED') || [...hidden].some(form => form.includes(line)),
          'the key is hidden',
        );
      }
    }
  });
}
