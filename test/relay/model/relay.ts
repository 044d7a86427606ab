import type { SteadyClock } from '../../../src/base/clock.ts';
import { connectGitHub } from '../../../src/github/client.ts';
import { dispatch } from '../../../src/github/dispatch.ts';
import { readConfig } from '../../../src/relay/config/read.ts';
import { runRelay } from '../../../src/relay/run.ts';
import { keepingLog } from '../../sites-for-tests.ts';

/** A relay in this process. */
export interface Relay {
  lines: string[];
  /** Resolves when it takes calls; rejects when it ends before. */
  listening: Promise<void>;
  /** Why it ended by itself, if it did. */
  failed(): unknown;
  stop(): Promise<void>;
}

/** Longest real time of one call of GitHub, ms. Where it never answers, this time is waited for. */
const PATIENCE = 5000;

export function startRelay(yaml: string, clock: SteadyClock, random: () => number, period?: number): Relay {
  const log = keepingLog();
  const signal = new AbortController();
  const config = readConfig({ from: 'relay.yml', text: yaml }, { environment: {}, secret: () => {} });
  const hub = connectGitHub({ ...config.github, environment: {}, clock, log, timeout: PATIENCE });
  const listening = Promise.withResolvers<void>();
  let failure: unknown;
  const done = runRelay(config, {
    clock,
    log,
    send: (what, until) => dispatch(hub, what, until),
    signal: signal.signal,
    databaseTime: true,
    secret: () => {},
    random,
    ...(period === undefined ? {} : { period }),
    listening: () => listening.resolve(),
  })
    .catch((cause: unknown) => {
      failure = cause;
      listening.reject(cause);
    })
    .finally(() => hub.close());
  listening.promise.catch(() => {});
  return {
    lines: log.lines,
    listening: listening.promise,
    failed: () => failure,
    stop: async () => {
      signal.abort();
      await done;
    },
  };
}
