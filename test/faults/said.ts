import assert from 'node:assert/strict';
import type { Log } from '../../src/base/log.ts';
import type { Report } from '../../src/base/report.ts';
import { promote } from '../../src/promote/promote.ts';
import { readSpec } from '../../src/promote/spec.ts';
import { reload } from '../../src/reload/reload.ts';
import { readRequest } from '../../src/reload/request.ts';
import { clockOn } from '../together/driver.ts';
import type { World } from './world.ts';

/** What a run said. */
export interface Said {
  /** Its outcome; `threw`; or `killed`. */
  readonly outcome: string;
  readonly failures: readonly string[];
  /** Failures and warnings, which readers look at when something went wrong. */
  readonly told: string;
  /** The `result` output. */
  readonly result: Readonly<Record<string, unknown>>;
  /** Everything that was printed or written. */
  readonly text: string;
  readonly error?: Error;
  /** What a process left in its folder for temporary files. */
  readonly files?: readonly string[];
  /** By the clock of the case, ms. */
  readonly took: number;
}

let runs = 0;

function nextRun(): string {
  runs += 1;
  return `run-${runs}`;
}

/** Runs the spec or the request to its end. */
export async function run(
  world: World,
  { asks, text }: { asks: 'promote' | 'reload'; text: string },
  app: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Said> {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const log: Log = { debug: say, info: say, warning: say, failure: say, group: (_, work) => work() };
  const began = world.clock.now();
  const given = [...world.words].reduce((whole, [word, meaning]) => whole.replaceAll(word, meaning), text);
  const around = {
    sites: world.known,
    dryRun: false,
    folder: world.folder,
    run: nextRun(),
    clock: clockOn(world.clock),
    signal,
    log,
  };
  const yaml = { from: asks, text: given };
  const work =
    asks === 'promote'
      ? promote(readSpec(yaml), { ...around, event: { id: app, site: undefined } })
      : reload(readRequest(yaml), around);
  let said: Said | undefined;
  const end = (report: Report | undefined, error?: Error) => {
    const { outcome = 'threw', failures = [], warnings = [], result = {} } = report ?? {};
    const told = [...failures, ...warnings, error?.message ?? ''].join('\n');
    const text = [...lines, JSON.stringify(report), error?.stack ?? ''].join('\n');
    said = {
      outcome,
      failures,
      told,
      result,
      text,
      took: world.clock.now() - began,
      ...(error ? { error } : {}),
    };
  };
  work.then(
    report => end(report),
    (error: Error) => end(undefined, error),
  );
  await world.until(() => said !== undefined);
  return said ?? assert.fail('the run did not end');
}
