import type { SimulatedProxy } from '../../simulator/proxy/proxy.ts';
import { type Stage, stage } from '../sites-for-tests.ts';
import { allWaysIn, described, type More, USERS, type Way } from '../ways-in.ts';
import { runStep, type Step, type StepOptions } from './runner.ts';

interface Ways {
  dev: Way;
  test: Way;
}

interface Options extends Partial<StepOptions> {
  /** More lines about each site. */
  lines?: { dev?: string; test?: string };
}

/** A step, and the values of its environment that nobody may see. */
export interface SecretStep extends Step {
  secrets: string[];
}

export interface Proxied extends Stage {
  proxies: { dev: SimulatedProxy; test: SimulatedProxy };
  /** A step on both sites, each reached in its way. */
  step(ways: Ways, inputs: Record<string, string>, more?: Options): Promise<SecretStep>;
}

export async function on(more: More, check: (set: Proxied) => Promise<void>): Promise<void> {
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
      step: async (ways, inputs, { lines = {}, ...options } = {}) => {
        const dev = described('dev', ways.dev, { simulator: set.dev, proxy: proxies.dev }, lines.dev);
        const other = described('test', ways.test, { simulator: set.test, proxy: proxies.test }, lines.test);
        const env = { ...dev.env, ...other.env, ...options.env };
        const done = await runStep({
          ...options,
          inputs: { sites: dev.sites + other.sites, ...inputs },
          env,
        });
        return { ...done, secrets: secretsIn(env) };
      },
    });
  } finally {
    await Promise.all([proxies.dev.stop(), proxies.test.stop(), set.stop()]);
  }
}

/** All but what is public: whatever a test adds to the environment is a secret until it is told to be none. */
function secretsIn(env: Readonly<Record<string, string | undefined>>): string[] {
  const isPublic = /_(CA|CERT)$|^RUNNER_|^GITHUB_|^(HTTPS?|NO)_PROXY$/;
  return Object.entries(env).flatMap(([name, value = '']) =>
    isPublic.test(name) || value === '' ? [] : [value],
  );
}

export const PROMOTE =
  'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Everyone, Review] }]\ndone: { tag: Promoted }';
export const RELOAD = 'site: test\ntask: Nightly';
