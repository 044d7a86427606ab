import { mkdirSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import { messageOf } from '../../src/base/errors.ts';
import { holdYoungGeneration } from '../../src/base/heap.ts';
import type { Log } from '../../src/base/log.ts';
import { promote } from '../../src/promote/promote.ts';
import { readSpec } from '../../src/promote/spec.ts';
import type { Limits } from '../../src/qrs/limits.ts';
import { reload } from '../../src/reload/reload.ts';
import { readRequest } from '../../src/reload/request.ts';
import { readSites } from '../../src/sites/sites.ts';
import { peakMemory } from '../peak-memory.ts';

/** What a run in a process of its own is told, in a message. */
export interface Given {
  sites: string;
  do: 'promote' | 'reload';
  text: string;
  folder: string;
  limits: Partial<Limits>;
}

/** What it tells. */
export interface Told {
  outcome: string;
  said: string[];
  ms: number;
  /** At the most, bytes. */
  memory: number;
}

async function one(given: Given): Promise<Told> {
  mkdirSync(given.folder, { recursive: true });
  const lines: string[] = [];
  const keep = (line: string) => lines.push(line);
  const log: Log = { debug: () => {}, info: keep, warning: keep, failure: keep, group: (_, work) => work() };
  const began = performance.now();
  const shared = {
    sites: readSites({ from: 'sites', text: given.sites }, { environment: process.env, secret: () => {} }),
    dryRun: false,
    folder: given.folder,
    run: 'hostile',
    // Pauses are short: what is waited for is the other end.
    clock: {
      now: () => Date.now(),
      sleep: (ms: number, signal: AbortSignal) => systemClock.sleep(Math.min(ms, 50), signal),
    },
    signal: new AbortController().signal,
    log,
    limits: given.limits,
  };
  const yaml = { from: 'asked', text: given.text };
  const told: Told = { outcome: 'failed', said: [], ms: 0, memory: 0 };
  try {
    const report =
      given.do === 'promote'
        ? await promote(readSpec(yaml), { ...shared, event: undefined })
        : await reload(readRequest(yaml), shared);
    told.outcome = report.outcome;
    told.said = [...report.failures, ...report.warnings, ...report.lines, JSON.stringify(report.result)];
  } catch (error) {
    told.said = [messageOf(error)];
  }
  told.said.push(...lines);
  told.ms = performance.now() - began;
  told.memory = peakMemory();
  return told;
}

if (process.send) {
  holdYoungGeneration();
  process.on('message', async (given: Given) => process.send?.(await one(given)));
}
