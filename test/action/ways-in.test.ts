import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shelf, tagsOf } from '../sites-for-tests.ts';
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
