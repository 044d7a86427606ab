import { systemClock } from '../../src/base/clock.ts';
import { keepHeapSmall } from '../../src/base/heap.ts';
import type { Log } from '../../src/base/log.ts';
import { connectGitHub } from '../../src/github/client.ts';
import { dispatch } from '../../src/github/dispatch.ts';
import { redacting } from '../../src/net/redact.ts';
import type { Limits } from '../../src/qrs/limits.ts';
import { readConfig } from '../../src/relay/config/read.ts';
import { runRelay } from '../../src/relay/run.ts';
import { peakMemory } from '../peak-memory.ts';

/** What a relay in a process of its own is told, in a message. */
export interface GivenRelay {
  config: string;
  limits: Partial<Limits>;
}

/** What it tells: lines of its log, or that it has stopped. */
export type ToldRelay = { line: string } | { stopped: true; memory: number };

const tell = (told: ToldRelay) => process.send?.(told);

async function relay({ config: text, limits }: GivenRelay): Promise<void> {
  keepHeapSmall();
  const redact = redacting();
  const say = (line: string) => tell({ line: redact(line) });
  const log: Log = { debug: () => {}, info: say, warning: say, failure: say, group: (_, work) => work() };
  const config = readConfig(
    { from: 'relay.yml', text },
    { environment: process.env, secret: redact.add, warning: say },
  );
  const stop = new AbortController();
  process.once('message', () => stop.abort());
  const github = connectGitHub({ ...config.github, environment: {}, clock: systemClock, log });
  await runRelay(config, {
    clock: systemClock,
    log,
    send: (what, until) => dispatch(github, what, until),
    signal: stop.signal,
    secret: redact.add,
    redact,
    interval: 0,
    limits,
  });
  await github.close();
  tell({ stopped: true, memory: peakMemory() });
  process.disconnect?.();
}

if (process.send) process.once('message', (given: GivenRelay) => void relay(given));
