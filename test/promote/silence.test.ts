import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import { type HandClock, handClock } from '../../simulator/site/hand-clock.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import type { Clock } from '../../src/base/clock.ts';
import { StoppedError } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { Report } from '../../src/base/report.ts';
import { waitingBoard } from '../../src/base/waiting.ts';
import { promote } from '../../src/promote/promote.ts';
import { readSpec } from '../../src/promote/spec.ts';
import { reload } from '../../src/reload/reload.ts';
import { readRequest } from '../../src/reload/request.ts';
import { siteOf } from '../sites-for-tests.ts';

/** Nothing is silent for more than ten seconds, whatever a site takes its time for. */

const MINUTES = 60_000;

interface Said {
  at: number;
  text: string;
  /** Shown because something is waited for, not because something happened. */
  waiting: boolean;
}

interface Stage {
  sites: Record<string, Simulator>;
  time: HandClock;
  said: Said[];
  given: { sites: ReturnType<typeof siteOf>[]; folder: string; clock: Clock; signal: AbortSignal; log: Log };
}

/** Runs on a clock that goes on a second at a time, while the sites and the product talk in real time. */
async function run(
  {
    sites: data,
    switches,
    terminal,
  }: { sites: Record<string, SiteData>; switches: SwitchesInput; terminal: boolean },
  work: (stage: Stage) => Promise<Report>,
): Promise<{ said: Said[]; report: Report; took: number; stage: Stage }> {
  const time = handClock();
  const started = await Promise.all(
    Object.entries(data).map(
      async ([name, one]) =>
        [name, await startSimulator({ name, data: one, clock: time, switches })] as const,
    ),
  );
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action-silence-'));
  const said: Said[] = [];
  const say = (waiting: boolean) => (text: string) => void said.push({ at: time.now(), text, waiting });
  const line = say(false);
  let open = 0;
  const log: Log = {
    debug: () => {},
    info: line,
    warning: line,
    failure: line,
    group: (_, inside) => inside(),
    waiting: what => {
      open += 1;
      const done = board.waiting(what);
      return () => {
        open -= 1;
        done();
      };
    },
  };
  const board = waitingBoard({
    now: time.now,
    every: (ms, tick) => {
      const again = () => {
        tick();
        stop = time.later(ms, again);
      };
      let stop = time.later(ms, again);
      return () => stop();
    },
    line: say(true),
    status: terminal ? say(true) : undefined,
  });
  const stage: Stage = {
    sites: Object.fromEntries(started),
    time,
    said,
    given: {
      sites: started.map(([name, site]) => siteOf(name, site)),
      folder,
      clock: { now: time.now, sleep: (ms, signal) => sleep(time, ms, signal) },
      signal: new AbortController().signal,
      log,
    },
  };
  const began = time.now();
  let ended = false;
  try {
    const report = work(stage).finally(() => {
      ended = true;
    });
    for (let second = 0; second < 20_000 && !ended; second += 1) {
      await wait(1);
      // Where nothing is waited for, the product may be at work itself, which takes real milliseconds: they are no silence.
      for (let look = 0; look < 500 && open === 0 && !ended; look += 1) await wait(1);
      time.advance(1000);
    }
    return { said, report: await report, took: time.now() - began, stage };
  } finally {
    await Promise.all(started.map(([, site]) => site.stop()));
    rmSync(folder, { recursive: true });
  }
}

function sleep(time: HandClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const drop = time.later(ms, resolve);
    signal.addEventListener('abort', () => {
      drop();
      reject(new StoppedError('Stopped while waiting.'));
    });
  });
}

const SITES = {
  dev: { streams: ['Build'], tags: ['Promoted'], apps: [{ name: 'Stock', stream: 'Build', size: '3 MB' }] },
  test: {
    streams: ['Sales', 'Finance', 'Board'],
    apps: [{ name: 'Stock', stream: 'Sales', size: '2 MB' }],
  },
} satisfies Record<string, SiteData>;

const SPEC = `
from: dev
apps: [{ name: Stock }]
to: [{ site: test, streams: [Sales, Finance, Board] }]
done: { tag: Promoted }
backup: ./backup
`;

const promotion =
  (more = '') =>
  ({ given }: Stage) =>
    promote(readSpec({ from: 'spec', text: SPEC.replace('./backup', `${given.folder}/backup`) + more }), {
      ...given,
      event: undefined,
      dryRun: false,
      run: 'run-1',
    });

/** The site takes so long before it does what it is asked. */
function slow({ time, sites }: Stage, site: string, method: string, path: RegExp, ms = 5 * MINUTES) {
  sites[site]?.faults.add({
    method,
    path,
    fault: { run: () => new Promise<void>(go => void time.later(ms, go)) },
  });
}

interface Scenario {
  name: string;
  sites?: Record<string, SiteData>;
  switches?: SwitchesInput;
  work: (stage: Stage) => Promise<Report>;
  /** What a reader is told meanwhile. */
  says: RegExp;
}

const slowed = (site: string, method: string, path: RegExp) => (stage: Stage) => {
  slow(stage, site, method, path);
  return promotion()(stage);
};

/** Each reload that the promotion starts takes twenty minutes. */
const reloading = (more: string) => (stage: Stage) => {
  const start = { method: 'POST', path: /\/start\/synchronous$/, times: Number.POSITIVE_INFINITY };
  stage.sites.test?.faults.add({
    ...start,
    fault: {
      run: site => {
        const attempts = [...site.tasks.values()].flatMap(task => task.runs.flatMap(run => run.attempts));
        for (const attempt of attempts) attempt.takes = 20 * MINUTES;
      },
    },
  });
  return promotion(more)(stage);
};

/** Another run, which is ahead, has a working copy of the app on the target, and shows no more signs of life. */
const behindAnother = (stage: Stage) => {
  const [source] = stage.sites.dev?.site.apps.values() ?? [];
  const [copy] = [...(stage.sites.test?.site.apps.values() ?? [])].filter(({ stream }) => !stream);
  if (copy) copy.name = `qrs-action working copy of ${source?.id} (run-0, 1)`;
  return promotion()(stage);
};

const TASKS = Array.from({ length: 40 }, (_, index) => ({
  name: `Nightly ${index + 1}`,
  app: 'Stock',
  runs: [{ takes: `${12 + index}m`, ends: 'FinishedSuccess' as const }],
}));

const SCENARIOS: Scenario[] = [
  { name: 'the survey', work: slowed('test', 'GET', /\/app\/full/), says: /test: read the apps/ },
  {
    name: 'an export being made',
    work: slowed('dev', 'POST', /\/export\//),
    says: /dev: export app "Stock", /,
  },
  {
    name: 'a download',
    work: slowed('dev', 'GET', /tempcontent|\.qvf/),
    says: /dev: download app "Stock"/,
  },
  {
    name: 'an import',
    switches: { importTakes: 5 * MINUTES },
    work: promotion(),
    says: /test: upload app "Stock": all sent, the site has been importing it for/,
  },
  { name: 'an upload', work: slowed('test', 'POST', /\/upload/), says: /test: upload app "Stock"/ },
  { name: 'a backup', work: slowed('test', 'POST', /\/export\//), says: /test: export app "Stock"/ },
  { name: 'a copy', work: slowed('test', 'POST', /\/copy/), says: /test: copy app/ },
  {
    name: 'a replace',
    work: slowed('test', 'PUT', /\/replace/),
    says: /test: replace app "Stock" in stream "Sales"/,
  },
  { name: 'a publish', work: slowed('test', 'PUT', /\/publish/), says: /test: publish app/ },
  { name: 'the tag', work: slowed('dev', 'PUT', /\/app\//), says: /dev: [^;]*"Stock"[^;]*, 4 min/ },
  {
    name: 'a pause that the site asks for',
    work: stage => {
      stage.sites.dev?.faults.add({
        method: 'GET',
        fault: { status: 429, headers: { 'Retry-After': '55' } },
      });
      return promotion()(stage);
    },
    says: /trying again after a pause/,
  },
  {
    name: 'a reload before',
    work: reloading('reload: before\n'),
    says: /Manually triggered reload of .*: started .* ago on/,
  },
  {
    name: 'a reload after',
    work: reloading('reload: after\n'),
    says: /Manually triggered reload of Stock: started .* ago on/,
  },
  {
    name: 'another run',
    sites: { ...SITES, test: { ...SITES.test, apps: [...SITES.test.apps, { name: 'theirs' }] } },
    work: behindAnother,
    says: /test: waiting for another run of "Stock" for \d+ min/,
  },
  {
    name: 'many tasks',
    sites: { prod: { apps: [{ name: 'Stock' }], tasks: TASKS } },
    work: ({ given }) =>
      reload(readRequest({ from: 'request', text: `tasks: [${TASKS.map(({ name }) => name).join(', ')}]` }), {
        ...given,
        dryRun: false,
        run: 'run-1',
      }),
    says: /Nightly \d+: started .* ago on .*; Nightly .*; and \d+ more/,
  },
];

// Most of the time is spent waiting for the next millisecond.
describe('silence', { concurrency: 4 }, () => {
  for (const { name, sites = SITES, switches = {}, work, says } of SCENARIOS) {
    test(`silence: ${name}: a terminal shows something at least every ten seconds`, async () => {
      const { said, report, took, stage } = await run({ sites, switches, terminal: true }, work);
      assert.notEqual(report.outcome, 'failed', report.failures.join('\n'));
      const moments = [stage.time.now() - took, ...said.map(({ at }) => at), stage.time.now()];
      const gaps = moments.slice(1).map((at, index) => at - (moments[index] ?? at));
      assert.ok(Math.max(...gaps) <= 10_000, `${Math.max(...gaps)} ms of silence`);
      assert.match(said.map(({ text }) => text).join('\n'), says);
    });

    test(`silence: ${name}: in a log there is a line at last every five minutes, and fewer as time goes by`, async () => {
      const { said, took, stage } = await run({ sites, switches, terminal: false }, work);
      const began = stage.time.now() - took;
      const moments = said.filter(({ waiting }) => waiting).map(({ at }) => at - began);
      const pauses = moments.map((at, index) => at - (moments[index - 1] ?? 0));
      assert.ok(
        pauses.every(pause => pause >= 10_000 && pause <= 300_000),
        pauses.join(),
      );
      const early = moments.filter(at => at < 2 * MINUTES).length;
      const late = moments.filter(at => at >= took - 2 * MINUTES).length;
      if (took > 6 * MINUTES) assert.ok(late < early, `${early} lines at first, ${late} at last`);
    });
  }
});
