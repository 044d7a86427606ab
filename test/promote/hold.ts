import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Simulator } from '../../simulator/server.ts';
import type { Fault } from '../../simulator/wire/faults.ts';
import type { RemoteError } from '../../src/base/errors.ts';
import type { Report } from '../../src/base/report.ts';
import { forgetCopies, type Stage, type StageOptions, shelf, stage, tagsOf } from '../sites-for-tests.ts';
import { allWaysIn, siteThrough, USERS } from '../ways-in.ts';

/**
 * The promises about promotion, held against a failure at every single request: each run of a scenario has one
 * request of one site fail in one way, once or for good, and then the run is made again without faults.
 */
export interface Scenario {
  name: string;
  mode: 'Overwrite' | 'Duplicate';
  streams: string[];
  /** The test site afterwards. */
  after: string[];
  /** Both sites are reached through a virtual proxy. */
  proxied?: boolean;
}

const FAULTS: [string, Fault, number][] = [
  ['hangs up before the work, once', { hangUp: 'before' }, 1],
  ['hangs up after the work, once', { hangUp: 'after' }, 1],
  ['answers 503, once', { status: 503 }, 1],
  ['answers 500 though it did the work, once', { refuse: 500, doneFirst: true }, 1],
  ['hangs up after the work, always', { hangUp: 'after' }, Number.POSITIVE_INFINITY],
  ['answers 403, always', { status: 403, body: 'Forbidden' }, Number.POSITIVE_INFINITY],
  ['answers 500 though it did the work, always', { refuse: 500, doneFirst: true }, Number.POSITIVE_INFINITY],
];

interface Request {
  site: 'dev' | 'test';
  method: string;
  path: RegExp;
  /** How many of that kind came before in the run. */
  after: number;
  label: string;
}

function scene({ mode, streams, proxied }: Scenario): StageOptions {
  const properties = { PromoteToServer: [`Test - ${mode}`], PromoteToStream: streams };
  const users = proxied ? { devData: { users: USERS }, testData: { users: USERS } } : {};
  return { app: { properties, description: 'Made on dev' }, ...users };
}

/** The sites of a scenario, and their users' sessions. */
async function staged(scenario: Scenario): Promise<Stage & { endSessions(): void }> {
  const on = await stage(scene(scenario));
  if (!scenario.proxied) return { ...on, endSessions: () => {} };
  const proxies = { dev: await allWaysIn(on.dev), test: await allWaysIn(on.test) };
  const sites = (['dev', 'test'] as const).map(name =>
    siteThrough(name, 'jwt', { simulator: on[name], proxy: proxies[name] }),
  );
  return {
    ...on,
    run: (spec, more) => on.run(spec, { sites, ...more }),
    endSessions: () => {
      for (const proxy of Object.values(proxies)) proxy.endSessions();
    },
    stop: async () => {
      await Promise.all([proxies.dev.stop(), proxies.test.stop(), on.stop()]);
    },
  };
}

/** The requests of a run without faults, which the runs with faults go through one by one. */
async function requestsOf(scenario: Scenario): Promise<Request[]> {
  const on = await staged(scenario);
  try {
    assert.equal((await on.run()).outcome, 'promoted');
    return [...kinds('dev', on.dev), ...kinds('test', on.test)];
  } finally {
    await on.stop();
  }
}

function kinds(site: Request['site'], { counters }: Simulator): Request[] {
  const seen = new Map<string, number>();
  return counters.requests.map(({ method, path }) => {
    const shape = path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '·').replace(/[^/]*$/, last => decodeURI(last));
    const after = seen.get(`${method} ${shape}`) ?? 0;
    seen.set(`${method} ${shape}`, after + 1);
    const pattern = shape.replaceAll('·', '[0-9a-f-]{36}').replaceAll('.', '\\.').replaceAll(' ', '(%20| )');
    return {
      site,
      method,
      path: new RegExp(`^${pattern}$`),
      after,
      label: `${site} ${method} ${shape} #${after + 1}`,
    };
  });
}

interface Before {
  source: string;
  file: string;
  old: { id: string; digest: string };
}

/** The source app but for its tags and what any write moves. */
function sourceFacts({ dev, app }: Stage): string {
  const { modifiedDate, modifiedByUserName, tags, ...rest } = dev.site.apps.get(app) ?? assert.fail('gone');
  return JSON.stringify(rest);
}

async function before(on: Stage): Promise<Before> {
  const [old] = on.test.site.apps.values();
  assert.ok(old);
  return {
    source: sourceFacts(on),
    file: await on.dev.digest(on.app),
    old: { id: old.id, digest: await on.test.digest(old.id) },
  };
}

/** Promises 1 and 5, at any moment after a run. */
async function wholeAndUntouched(on: Stage, was: Before): Promise<void> {
  const [old] = [...on.test.site.apps.values()].filter(({ id }) => id === was.old.id);
  assert.equal(old?.stream?.name, 'Everyone', 'the app that users had is where it was');
  for (const app of on.test.site.apps.values()) {
    if (!app.published) continue;
    const digest = await on.test.digest(app.id);
    const allowed = app.id === was.old.id ? [was.old.digest, was.file] : [was.file];
    assert.ok(allowed.includes(digest), 'every published app is the old one or the new one, whole');
    assert.equal(app.name, 'Demo Build');
  }
  assert.equal(sourceFacts(on), was.source, 'the source app changed by its tag alone');
}

/** What a run came to, held against what the sites show: promises 2 and 3. */
function truthful(on: Stage, scenario: Scenario, report: Report | undefined): void {
  const working = shelf(on.test).filter(name => name.startsWith('qrs-action'));
  if (!report) {
    assert.deepEqual(working, []);
    return;
  }
  if (report.outcome === 'promoted') {
    assert.deepEqual(shelf(on.test), scenario.after);
    assert.deepEqual(tagsOf(on.dev, on.app), ['Promoted']);
    return;
  }
  assert.equal(report.outcome, 'failed');
  assert.ok(report.failures.length > 0);
  if (working.length > 0) assert.match(report.failures.join('\n'), /working copy (may have )?stayed/);
}

/** Promise 4: without faults, the same run again ends where the first one should have. */
async function converges(on: Stage, scenario: Scenario): Promise<void> {
  on.dev.faults.clear();
  on.test.faults.clear();
  forgetCopies(on.test);
  forgetCopies(on.dev);
  const again = await on.run();
  assert.notEqual(again.outcome, 'failed', again.failures.join('\n'));
  assert.deepEqual(tagsOf(on.dev, on.app), ['Promoted']);
  const visible = shelf(on.test).filter(name => !name.startsWith('qrs-action'));
  assert.deepEqual(visible, scenario.after);
  if (again.outcome === 'promoted') assert.deepEqual(shelf(on.test), scenario.after);
}

/** Holds one scenario against a failure at every single request. */
export function holdsAtAnyRequest(scenario: Scenario): void {
  test(`promises hold at any request: ${scenario.name}`, { concurrency: 4 }, async context => {
    const requests = await requestsOf(scenario);
    assert.ok(requests.length > 10);
    const cases = requests.flatMap(request => FAULTS.map(fault => ({ request, fault })));
    await Promise.all(
      cases.map(({ request: { label, site, ...matched }, fault: [name, fault, times] }) =>
        context.test(`${label} ${name}`, async () => {
          const on = await staged(scenario);
          try {
            const was = await before(on);
            on[site].faults.add({ ...matched, times, fault });
            // A survey that fails ends the run before anything was changed.
            const report = await on.run().catch((error: RemoteError) => {
              assert.equal(error.name, 'RemoteError');
              return undefined;
            });
            await wholeAndUntouched(on, was);
            truthful(on, scenario, report);
            if (times === 1) assert.equal(report?.outcome, 'promoted', report?.failures.join('\n'));
            // Sessions whose cookie was lost count until they end.
            on.endSessions();
            await converges(on, scenario);
            await wholeAndUntouched(on, was);
          } finally {
            await on.stop();
          }
        }),
      ),
    );
  });
}
