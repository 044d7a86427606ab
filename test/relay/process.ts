import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A relay in a process of its own. */
export interface RelayProcess {
  pid: number;
  /** When it was started, ms since the epoch. */
  began: number;
  /** Resolves when it takes calls; rejects when it ends before. */
  listening: Promise<void>;
  ended: Promise<{ code: number | null; signal: string | null }>;
  /** The last of what it said. */
  log(): string;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<{ code: number | null; signal: string | null }>;
}

/** So much is kept of what a relay says, characters. */
const KEPT = 20_000;
const FAST = fileURLToPath(new URL('fast-relay.ts', import.meta.url));
/** What users run. */
const DIST = fileURLToPath(new URL('../../dist/relay/index.js', import.meta.url));

/** As users run it, one dispatch a second. */
export function startDist(config: string, level = 'info'): RelayProcess {
  return start(process.execPath, [DIST, 'run', '--config', config, '--log-level', level]);
}

export interface Fast {
  /** Ms between dispatches, and between renewals of subscriptions. */
  interval: number;
  period?: number;
  level?: string;
  /** The entry, where it was compiled: Node's own stripping of types would count as the relay's memory. */
  entry?: string;
}

/** The same relay at another pace. */
export function startFast(
  config: string,
  { interval, period = 500, level = 'info', entry = FAST }: Fast,
): RelayProcess {
  return start(process.execPath, [entry, config, String(interval), String(period), level]);
}

/** Runs it to its end. */
export async function command(args: readonly string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [DIST, ...args]);
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', piece => (out += piece));
  const [code] = await once(child, 'close');
  return { code, out };
}

function start(program: string, args: readonly string[]): RelayProcess {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const listening = Promise.withResolvers<void>();
  // Not everybody waits for it.
  listening.promise.catch(() => {});
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (piece: string) => {
      said = `${said}${piece}`.slice(-KEPT);
      if (piece.includes('The relay listens')) listening.resolve();
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => {
    listening.reject(new Error(`the relay ended with ${code ?? signal} before it listened:\n${said}`));
    return { code, signal };
  });
  return {
    pid: child.pid ?? 0,
    began: Date.now(),
    listening: listening.promise,
    ended,
    log: () => said,
    kill: signal => {
      child.kill(signal);
      return ended;
    },
  };
}
