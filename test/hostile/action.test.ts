import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { startSimulator } from '../../simulator/server.ts';
import { messageOf } from '../../src/base/errors.ts';
import type { Limits } from '../../src/qrs/limits.ts';
import { type Hostility, startFront } from './front.ts';
import { HOSTILITIES } from './hostilities.ts';
import type { Given, Told } from './run.ts';

/**
 * Every kind of call of the action meets every kind of hostility: the run ends in bounded time and memory, says what
 * came, shows no secret, and leaves no working copy, or names it.
 */
const short = (times: number): Partial<Limits> => ({
  call: 500 * times,
  list: 500 * times,
  long: 500 * times,
  answer: 500 * times,
  poll: 300 * times,
  pace: { silence: 400 * times, bytes: 10_000_000, within: 800 * times },
  json: 16 * 1024 * 1024,
});
const TIMEOUT = 3;
/** A busy machine may not come to the hostile call within the limits: it is given so many times as long. */
const PATIENCE = [1, 4, 16, 64];
/** 200 MiB, and some 20 MiB that Node takes to strip the types of the sources; the bundle has none. */
const MOST_MEMORY = 220 * 1024 * 1024;

interface Kind {
  what: string;
  /** Which site has the front before it. */
  at: 'dev' | 'test';
  method: string;
  path: RegExp;
  do: Given['do'];
  text: string;
}

const SPEC =
  'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Everyone] }]\ndone: { tag: Promoted }';
const RELOAD = 'site: test\ntask: Nightly\ntimeout: TIMEOUT\nlog: always';
const promoting = (what: string, at: Kind['at'], method: string, path: RegExp): Kind => ({
  what,
  at,
  method,
  path,
  do: 'promote',
  text: SPEC,
});
const reloading = (what: string, method: string, path: RegExp): Kind => ({
  what,
  at: 'test',
  method,
  path,
  do: 'reload',
  text: RELOAD,
});

const KINDS: Kind[] = [
  promoting('the survey of the source', 'dev', 'GET', /\/qrs\/app\/full$/),
  promoting('the survey of a target', 'test', 'GET', /\/qrs\/stream$/),
  promoting('the export', 'dev', 'POST', /\/export\//),
  promoting('the download', 'dev', 'GET', /\/tempcontent\//),
  promoting('the upload', 'test', 'POST', /\/qrs\/app\/upload$/),
  promoting('the replace', 'test', 'PUT', /\/replace$/),
  promoting('the tag on the source', 'dev', 'PUT', /\/qrs\/app\/[0-9a-f-]+$/),
  reloading('the survey of a reload', 'GET', /\/qrs\/reloadtask\/full$/),
  reloading('the start', 'POST', /\/start\/synchronous$/),
  reloading('the poll of sessions', 'GET', /\/executionsession\/full$/),
  reloading('the poll of records', 'GET', /\/executionresult\/full$/),
  reloading('the ticket of a script log', 'GET', /\/scriptlogfile$/),
  reloading('the script log', 'GET', /\/script\.log$/),
];

const folder = mkdtempSync(join(tmpdir(), 'qrs-action-hostile-'));
const data = {
  streams: ['Everyone'],
  tags: ['Promoted'],
  apps: [{ name: 'Demo Build', stream: 'Everyone', size: '300 KB' }],
};
const target = {
  ...data,
  apps: [{ name: 'Demo Build', stream: 'Everyone', size: '200 KB' }],
  tasks: [{ name: 'Nightly', app: 'Demo Build', runs: [{ takes: '100ms', ends: 'FinishedFail' as const }] }],
};
after(() => rmSync(folder, { recursive: true, force: true }));

/** Two sites, and a process in which flows run, so that their memory can be told. */
async function startRunner() {
  const dev = await startSimulator({ name: 'dev', data });
  const prod = await startSimulator({ name: 'test', data: target });
  const env = {
    ...process.env,
    DEV_CERT: dev.certificate,
    DEV_KEY: dev.key,
    DEV_CA: dev.ca,
    TEST_CERT: prod.certificate,
    TEST_KEY: prod.key,
    TEST_CA: prod.ca,
  };
  const child = fork(new URL('run.ts', import.meta.url), { env });
  return {
    dev,
    prod,
    run: async (given: Given): Promise<Told> => {
      child.send(given);
      const [told] = await Promise.race([
        once(child, 'message'),
        once(child, 'exit').then(() => assert.fail('the process ended')),
      ]);
      return told;
    },
    stop: async () => {
      child.kill();
      await Promise.all([dev.stop(), prod.stop()]);
    },
  };
}

type Runner = Awaited<ReturnType<typeof startRunner>>;

const site = (name: string, url: string) =>
  `${name}:\n  url: ${url}\n  certificate: \${${name.toUpperCase()}_CERT}\n  key: \${${name.toUpperCase()}_KEY}\n  ca: \${${name.toUpperCase()}_CA}\n`;

const piecesOf = (key: string) => key.replace(/-----[^-]+-----|\s/g, '').match(/.{16}/g) ?? [];

interface Bounds {
  limits: (times: number) => Partial<Limits>;
  /** Ms that a run may take. */
  longest: number;
}

/** Runs of one kind of call, each with one hostility. */
async function meet(
  kind: Kind,
  name: string,
  does: Hostility,
  { dev, prod, run }: Runner,
  { limits, longest }: Bounds = { limits: short, longest: 90_000 },
) {
  const { at, method, path } = kind;
  const front = await startFront(at === 'dev' ? dev : prod, [{ method, path, does }]);
  const place = mkdtempSync(join(folder, 'run-'));
  const row = (text: string) => `${kind.what} meets ${name}: ${text}`;
  try {
    const sites =
      site('dev', at === 'dev' ? front.url : dev.url) + site('test', at === 'test' ? front.url : prod.url);
    const runs: Told[] = [];
    for (const times of PATIENCE) {
      const text = kind.text.replace('TIMEOUT', `${TIMEOUT * times}s`);
      runs.push(await run({ sites, do: kind.do, text, folder: place, limits: limits(times) }));
      if (front.met() > 0) break;
    }
    const told = runs.at(-1) ?? assert.fail('no run');
    const said = runs.flatMap(one => one.said).join('\n');
    assert.ok(front.met() > 0, row('was not met'));
    assert.ok(told.ms < longest, row(`took ${Math.round(told.ms)} ms`));
    assert.ok(told.memory < MOST_MEMORY, row(`took ${Math.round(told.memory / 1024 / 1024)} MiB`));
    const secretPieces = [dev, prod].flatMap(({ key }) => piecesOf(key));
    assert.ok(!secretPieces.some(piece => said.includes(piece)), row('a secret is shown'));
    assert.doesNotMatch(said, /TypeError|undefined|\[object/, row(said));
    const left = readdirSync(place, { recursive: true }).filter(file => String(file).endsWith('.qvf'));
    assert.deepEqual(left, [], row('files are left'));
    for (const { id, name } of [...prod.site.apps.values()]) {
      if (name === 'Demo Build') continue;
      assert.ok(
        said.includes(id) || said.includes(name),
        row(`the working copy ${name} is not named in ${said}`),
      );
      prod.site.apps.delete(id);
    }
    // A stamp, or a tag, would leave nothing to do for the next row.
    for (const app of [...dev.site.apps.values(), ...prod.site.apps.values()]) {
      app.tags.length = 0;
      app.description = '';
    }
    return told;
  } finally {
    await front.stop();
    rmSync(place, { recursive: true, force: true });
  }
}

const only = process.env.ONLY ? new RegExp(process.env.ONLY) : /./;
const ALL = process.env.HOSTILE === 'all' || process.env.ONLY !== undefined;
/** All of them take minutes (npm run test:hostile): otherwise each kind meets every sixth, another sixth each. */
const EVERY = ALL ? 1 : 6;

// Most of the time is spent waiting for an end that does not answer.
describe('hostile', { concurrency: 3 }, () => {
  for (const [number, kind] of KINDS.filter(({ what }) => only.test(what)).entries()) {
    const met = Object.entries(HOSTILITIES).filter((_, index) => index % EVERY === number % EVERY);
    test(`hostile: ${kind.what} meets ${ALL ? 'everything' : met.map(([name]) => name).join(', ')}`, async context => {
      const runner = await startRunner();
      const wrong: string[] = [];
      let memory = 0;
      try {
        for (const [name, does] of met) {
          const began = performance.now();
          const told = await meet(kind, name, does, runner).catch(error => {
            wrong.push(messageOf(error).slice(0, 600));
            return undefined;
          });
          if (process.env.ONLY)
            context.diagnostic(
              `${name}: ${Math.round(performance.now() - began)} ms ${told?.outcome}: ${told?.said[0]}`,
            );
          memory = Math.max(memory, told?.memory ?? 0);
        }
      } finally {
        await runner.stop();
      }
      context.diagnostic(`peak memory ${Math.round(memory / 1024 / 1024)} MiB`);
      assert.deepEqual(wrong, []);
    });
  }
});

/** With the limits that users have: what is waited for, and how long in all. */
const TRUE: [kind: string, hostility: string, longest: number][] = [
  ['the survey of the source', 'silence', 330_000],
  ['the poll of records', 'an answer byte by byte', 240_000],
  ['the replace', 'an endless page', 60_000],
];

for (const [what, name, longest] of process.env.HOSTILE === 'all' ? TRUE : []) {
  test(`hostile: ${what} meets ${name}, with the true limits`, async context => {
    const kind = KINDS.find(one => one.what === what) ?? assert.fail(what);
    const does = HOSTILITIES[name] ?? assert.fail(name);
    const runner = await startRunner();
    try {
      const told = await meet(kind, name, does, runner, { limits: () => ({}), longest });
      context.diagnostic(`${Math.round(told.ms / 1000)} s: ${told.said[0]}`);
    } finally {
      await runner.stop();
    }
  });
}
