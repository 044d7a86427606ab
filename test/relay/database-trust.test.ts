import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { systemClock } from '../../src/base/clock.ts';
import { checkStore } from '../../src/relay/check/store.ts';
import { openedStore } from '../../src/relay/opened-store.ts';
import { openStore } from '../../src/relay/store/store.ts';
import { keepingLog } from '../sites-for-tests.ts';
import { startShamPostgres } from './sham-postgres.ts';

/** A database that the relay cannot trust, or that is too old, and what a person is to change. */

const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-trust-'));
const ends: (() => Promise<void>)[] = [];
after(async () => {
  for (const end of ends) await end();
  rmSync(folder, { recursive: true });
});

const YEAR = 365 * 86_400_000;
const [known, other] = [await createAuthority('known'), await createAuthority('other')];
const host = ['localhost'];
const good = await known.issueServer({ hostNames: host });
const authority = join(folder, 'known.pem');
writeFileSync(authority, known.certificatePem);

async function urlOf(version: number, tls: typeof good | undefined, more: string): Promise<string> {
  const sham = await startShamPostgres(version, tls);
  ends.push(sham.stop);
  return `postgres://relay:secret@localhost:${sham.port}/relay?${more}`;
}

const CASES: [what: string, tls: typeof good | undefined, more: string, says: RegExp][] = [
  [
    'an authority that the machine does not know',
    good,
    '',
    /by an authority that this machine knows\. Add sslrootcert=PATH to the URL of store: the PEM file of that/,
  ],
  [
    'another authority than the given one',
    await other.issueServer({ hostNames: host }),
    `sslrootcert=${authority}`,
    /not signed by the given ca\. The file \S+known\.pem of sslrootcert in the URL of store is of another authority/,
  ],
  [
    'a certificate for another host',
    await known.issueServer({ hostNames: ['db.company.com'] }),
    `sslrootcert=${authority}`,
    /made out to other names \(db\.company\.com\)\. Write one of these names as the host in the URL of store, in place of localhost/,
  ],
  [
    'a certificate that has expired',
    await known.issueServer({
      hostNames: host,
      notBefore: new Date(Date.now() - YEAR),
      notAfter: new Date(0),
    }),
    `sslrootcert=${authority}`,
    /certificate has expired\. Give PostgreSQL a new certificate \(ssl_cert_file\), and reload it/,
  ],
  [
    'a server without TLS',
    undefined,
    `sslrootcert=${authority}`,
    /has TLS switched off\. Set ssl = on in its postgresql\.conf, or write sslmode=disable in the URL of store/,
  ],
];
for (const [what, tls, more, says] of CASES) {
  test(`database: ${what}: check says what to change in the URL of the store`, async () => {
    const url = await urlOf(17, tls, more);
    const [found, ...others] = await checkStore(url, systemClock);
    assert.equal(found?.level, 'problem');
    assert.match(found.what, /^The store postgres:\/\/localhost:\d+\/relay does not answer: /);
    assert.match(found.what, says);
    assert.doesNotMatch(found.what, /secret/);
    assert.deepEqual(others, []);
  });
}

test('database: a relay that does not trust its database says what to change, and tries again', async () => {
  const stop = new AbortController();
  const log = keepingLog();
  const given = {
    store: await urlOf(17, good, ''),
    listen: { url: 'http://127.0.0.1:8080', host: '127.0.0.1', port: 0, tls: undefined, status: undefined },
  };
  const clock = {
    ...systemClock,
    sleep: async () => {
      if (log.lines.length > 1) stop.abort();
    },
  };
  const opened = await openedStore(given, { clock, log, signal: stop.signal }, async () => 'read');
  assert.equal(opened, undefined);
  assert.equal(log.lines.length, 2);
  for (const line of log.lines)
    assert.match(line, /Add sslrootcert=PATH .* The relay begins when the store answers\.$/);
});

test('database: a file of sslrootcert that is no certificate is named', async () => {
  const path = join(folder, 'key.pem');
  writeFileSync(path, good.keyPem);
  await assert.rejects(
    openStore(`postgres://relay@localhost:1/relay?sslrootcert=${path}`),
    /^InputError: store: the certificate \S+key\.pem of sslrootcert cannot be used: it holds a PRIVATE KEY and no/,
  );
});

test('database: a PostgreSQL before 14 is refused by check and by each use', async () => {
  const url = await urlOf(13, good, `sslrootcert=${authority}`);
  const says =
    /^The store \S+ is a PostgreSQL 13, and must be 14 or newer: upgrade it, or name another one in/;
  const [found, ...others] = await checkStore(url, systemClock);
  assert.match(found?.what ?? '', says);
  assert.deepEqual([found?.level, others], ['problem', []]);
  for (const use of ['run', 'edit', 'look'] as const)
    await assert.rejects(openStore(url, use), { name: 'StoreError', message: says });
});
