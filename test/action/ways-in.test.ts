import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shelf, tagsOf } from '../sites-for-tests.ts';
import { token } from '../ways-in.ts';
import { on, PROMOTE, RELOAD } from './proxied.ts';

for (const way of ['certificate', 'jwt', 'ntlm', 'header'] as const) {
  test(`ways in: ${way} promotes an app and follows a reload`, () =>
    on({}, async set => {
      const ways = { dev: way, test: way };
      const promoted = await set.step(ways, { promote: PROMOTE });
      assert.equal(promoted.outputs.outcome, 'promoted', promoted.log);
      assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Demo Build@Review']);
      assert.deepEqual(tagsOf(set.dev, set.app), ['Promoted']);
      const reloaded = await set.step(ways, { reload: RELOAD });
      assert.equal(reloaded.outputs.outcome, 'reloaded', reloaded.log);
      const sessions = way === 'certificate' ? [0, 0] : [1, 2];
      const made = [set.proxies.dev, set.proxies.test].map(proxy => proxy.sessions.made);
      assert.deepEqual(made, sessions, 'one session a run');
      const credentials = set.proxies.test.seen.filter(seen => seen.credentials).length;
      const each = { certificate: 0, jwt: 1, header: 1, ntlm: 2 }[way];
      assert.equal(credentials, 2 * each, 'and the credentials went along with the sign-in alone');
    }));
}

test('ways in: a token that has expired, and a certificate, are refused before anything is sent', () =>
  on({}, async set => {
    const DEV_JWT = token({ exp: 1_700_000_000 });
    const jwt = await set.step({ dev: 'jwt', test: 'jwt' }, { promote: PROMOTE }, { env: { DEV_JWT } });
    assert.match(
      jwt.log,
      /^::error::sites:3:3: site "dev": jwt: the token expired on 2023-11-14 22:13 UTC\. Make/m,
    );
    const notAfter = new Date(Date.now() - 1000);
    const { certificatePem, keyPem } = await set.dev.authority.issueClient({ name: 'QlikClient', notAfter });
    const env = { DEV_CERT: certificatePem, DEV_KEY: keyPem };
    const both = { dev: 'certificate', test: 'certificate' } as const;
    const certificate = await set.step(both, { promote: PROMOTE }, { env });
    assert.match(
      certificate.log,
      /^::error::sites:3:3: site "dev": certificate: the client certificate expired on/m,
    );
    assert.deepEqual([set.proxies.dev.seen, set.proxies.test.seen], [[], []]);
    assert.deepEqual([set.dev.counters.handshakes, set.test.counters.handshakes], [0, 0]);
  }));

test('ways in: a token for a single site, by the inputs', () =>
  on({}, async set => {
    const url = set.proxies.test.url('jwt/inner');
    const inputs = { sites: '', url, jwt: token(), ca: set.test.ca, reload: 'task: Nightly' };
    const { log, outputs } = await set.step({ dev: 'jwt', test: 'jwt' }, inputs);
    assert.equal(outputs.outcome, 'reloaded', log);
    assert.equal(set.proxies.test.sessions.made, 1);
  }));

test('ways in: sites of two kinds in one promotion', () =>
  on({}, async set => {
    const { log, outputs } = await set.step({ dev: 'certificate', test: 'ntlm' }, { promote: PROMOTE });
    assert.equal(outputs.outcome, 'promoted', log);
    assert.deepEqual([set.proxies.dev.sessions.made, set.proxies.test.sessions.made], [0, 1]);
  }));
