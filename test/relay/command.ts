import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openStore, type Store } from '../../src/relay/store/store.ts';

export const ENTRY = fileURLToPath(new URL('../../dist/relay/index.js', import.meta.url));

/** What came of a command. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Surroundings {
  cwd: string;
  env?: Record<string, string>;
  entry?: string;
}

/** A single executable to test in place of the bundle (.ci/executables). */
const { QRS_RELAY: EXECUTABLE } = process.env;

/** The committed bundle as a process, with nothing of ours in its environment. */
export function start(args: readonly string[], { cwd, env = {}, entry = ENTRY }: Surroundings) {
  const program = EXECUTABLE && entry === ENTRY ? [EXECUTABLE] : [process.execPath, entry];
  const [file = '', ...first] = program;
  const child: ChildProcess = spawn(file, [...first, ...args], { cwd, env });
  const out = { stdout: '', stderr: '' };
  child.stdout?.on('data', piece => (out.stdout += piece));
  child.stderr?.on('data', piece => (out.stderr += piece));
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...out }));
  return {
    ended,
    /** Resolves when such a thing is on stdout; rejects when the process ends first. */
    async says(pattern: RegExp): Promise<void> {
      while (!pattern.test(out.stdout)) {
        const more = once(child.stdout ?? child, 'data').then(() => 'more');
        const what = await Promise.race([more, ended.then(() => 'ended')]);
        if (what === 'ended' && !pattern.test(out.stdout)) throw new Error(`${out.stdout}${out.stderr}`);
      }
    },
    stop(): Promise<Ended> {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

export function command(args: readonly string[], surroundings: Surroundings): Promise<Ended> {
  return start(args, surroundings).ended;
}

/** Looks into a store as another process does. */
export async function looked<T>(path: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(path);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
