import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimulatedProxy } from '../../simulator/proxy/proxy.ts';
import { type Stage, shelf, stage, tagsOf } from '../sites-for-tests.ts';
import { allWaysIn, described, type More, USERS, type Way } from '../ways-in.ts';
import { runStep, type StepOptions } from './runner.ts';

interface Set extends Stage {
  proxies: { dev: SimulatedProxy; test: SimulatedProxy };
  /** A step on both sites, each reached in its way. */
  step(
    ways: { dev: Way; test: Way },
    inputs: Record<string, string>,
    more?: Partial<StepOptions>,
  ): Promise<Awaited<ReturnType<typeof runStep>>>;
}

export async function on(more: More, check: (set: Set) => Promise<void>): Promise<void> {
  const tasks = [{ name: 'Nightly', app: 'Demo Build', runs: [{ takes: '1200ms' }] }];
  const apps = [{ name: 'Demo Build', stream: 'Everyone', size: '200 KB' }];
  const set = await stage({
    devData: { users: USERS },
    testData: { streams: ['Everyone', 'Review'], users: USERS, apps, tasks },
  });
  const proxies = { dev: await allWaysIn(set.dev, more), test: await allWaysIn(set.test, more) };
  try {
    await check({
      ...set,
      proxies,
      step: (ways, inputs, options = {}) => {
        const dev = described('dev', ways.dev, { simulator: set.dev, proxy: proxies.dev });
        const other = described('test', ways.test, { simulator: set.test, proxy: proxies.test });
        return runStep({
          ...options,
          inputs: { sites: dev.sites + other.sites, ...inputs },
          env: { ...dev.env, ...other.env, ...options.env },
        });
      },
    });
  } finally {
    await Promise.all([proxies.dev.stop(), proxies.test.stop(), set.stop()]);
  }
}

const PROMOTE =
  'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Everyone, Review] }]\ndone: { tag: Promoted }';
const RELOAD = 'site: test\ntask: Nightly';

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
