import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import { type HandClock, handClock } from '../../simulator/site/hand-clock.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import type { Clock } from '../../src/base/clock.ts';
import { StoppedError } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { Report } from '../../src/base/report.ts';
import { reload } from '../../src/reload/reload.ts';
import { readRequest } from '../../src/reload/request.ts';
import { keepingLog, siteOf } from '../sites-for-tests.ts';

type Tasks = NonNullable<SiteData['tasks']>;

/** The outcome of one run, as the `result` output has it. */
export interface Result {
  name: string;
  task?: string;
  session?: string;
  verdict: string;
  status?: string;
  attempts: number;
  duration?: number;
  why?: string;
  log?: string;
  error?: string;
  notes: string[];
}

export interface ReloadStage {
  prod: Simulator;
  /** The time of the site and of the product alike: a wait of the product puts it forward. */
  time: HandClock;
  /** What was saved as script logs, by file name. */
  logs(): Record<string, string>;
  run(request: string, more?: { dryRun?: boolean; signal?: AbortSignal; log?: Log }): Promise<Report>;
  task(name: string): string;
  stop(): Promise<void>;
}

export interface ReloadStageOptions {
  tasks: Tasks;
  apps?: NonNullable<SiteData['apps']>;
  switches?: SwitchesInput;
}

const DAY = Date.parse('2026-11-20T08:00:00.000Z');

export async function stage({ tasks, apps, switches }: ReloadStageOptions): Promise<ReloadStage> {
  const time = handClock(DAY);
  const prod = await startSimulator({
    name: 'prod',
    clock: time,
    data: { apps: apps ?? [{ name: 'Sales', size: '10 KB' }], tasks },
    ...(switches ? { switches } : {}),
  });
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action-reload-'));
  const clock: Clock = {
    now: time.now,
    sleep: async (ms, signal) => {
      // The answers under way come first, as they would in that time.
      await new Promise(resolve => setImmediate(resolve));
      if (!signal.aborted) time.advance(ms);
      if (signal.aborted) throw new StoppedError('Stopped while waiting.');
    },
  };
  return {
    prod,
    time,
    logs: () => {
      const [logs] = readdirSync(folder);
      if (logs === undefined) return {};
      const at = (name: string) => join(folder, logs, name);
      return Object.fromEntries(
        readdirSync(join(folder, logs)).map(name => [name, readFileSync(at(name), 'utf8')]),
      );
    },
    run: (request, { dryRun = false, signal = new AbortController().signal, log = keepingLog() } = {}) =>
      reload(readRequest({ from: 'reload', text: request }), {
        sites: [siteOf('prod', prod)],
        dryRun,
        folder,
        run: 'r1',
        clock,
        signal,
        log,
      }),
    task: name => {
      const task = [...prod.site.tasks.values()].find(one => one.name === name);
      if (!task) throw new Error(`no task ${name}`);
      return task.id;
    },
    stop: async () => {
      await prod.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

export function resultsOf(report: Report): Result[] {
  const { runs } = report.result;
  return Array.isArray(runs) ? runs : [];
}
