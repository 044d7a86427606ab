import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { peakMemory } from '../../test/peak-memory.ts';
import { ids } from '../../test/relay/load.ts';
import { type RelayProcess, startFast } from '../../test/relay/process.ts';
import { type Surroundings, surround } from '../../test/relay/surroundings.ts';

export interface Asked {
  /** Of relays, in turn. */
  urls: readonly string[];
  /** Of the apps, in turn. */
  ids: readonly string[];
  /** Calls, and notifications in each; one, unless said otherwise. */
  count: number;
  items?: number;
  connections: number;
  /** Absent: as fast as it goes. */
  perSecond?: number;
}

const schema = z.object({
  /** Answered 202. */
  accepted: z.number(),
  refused: z.number(),
  /** Ms. */
  took: z.number(),
  /** Ms from when a notification was due to its answer; of a rate only. */
  latencies: z.array(z.number()),
});
export type Sent = z.infer<typeof schema>;

/** The relay's entry as JavaScript, as the bundle is made of. */
export function compiledRelay(): string {
  execFileSync('tsc', ['-p', 'tsconfig.bench.json'], { stdio: 'inherit' });
  return fileURLToPath(new URL('../../build/bench/test/relay/fast-relay.js', import.meta.url));
}

const SENDER = fileURLToPath(new URL('sender.ts', import.meta.url));
/** Ms between dispatches, and between changes of an app. */
const INTERVAL = 10;
const CHANGED = 500;

export interface UnderLoad extends Surroundings {
  relay: RelayProcess;
  apps: readonly string[];
  /** Sends notifications of apps that change all the while. */
  load(asked: Omit<Asked, 'urls' | 'ids'>): Promise<Sent>;
}

/** A relay of its own for a measurement, with a site of so many apps. */
export async function underLoad<T>(
  given: { apps: number; quiet: string; maxWait: string },
  work: (on: UnderLoad) => Promise<T>,
): Promise<T> {
  const apps = ids(given.apps);
  const around = await surround({
    ...given,
    apps: apps.map((id, index) => ({ id, name: `App ${index}`, stream: 'Build', size: 10 })),
  });
  const entry = compiledRelay();
  const relay = startFast(around.config, { interval: INTERVAL, period: 60_000, level: 'warn', entry });
  try {
    // The level hides the line that says so.
    for (let tries = 0; tries < 500 && !(await answers(around)); tries += 1)
      await new Promise(resolve => setTimeout(resolve, 20));
    const url = new URL(await around.callback(), around.at).href;
    const load: UnderLoad['load'] = async asked => {
      // What is notified has changed, and not by the relay's own user, whose changes start nothing.
      const change = () => {
        for (const [index, id] of apps.entries()) around.renameSecretly(id, `App ${index}`);
      };
      change();
      const changing = setInterval(change, CHANGED);
      return sendLoad({ urls: [url], ids: apps, ...asked }).finally(() => clearInterval(changing));
    };
    return await work({ ...around, relay, apps, load });
  } finally {
    await relay.kill('SIGTERM');
    await around.stop();
  }
}

async function answers(around: Surroundings): Promise<boolean> {
  return around.get('/livez').then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** Sends notifications from a process of its own. */
export async function sendLoad(asked: Asked): Promise<Sent> {
  const child = spawn(process.execPath, [SENDER], { stdio: ['pipe', 'pipe', 'inherit'] });
  // It is longer than an argument may be.
  child.stdin.end(JSON.stringify(asked));
  let out = '';
  child.stdout.on('data', piece => (out += piece));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the generator of load ended with ${code}`);
  return schema.parse(JSON.parse(out));
}

/** The most memory that a process had so far, MiB. */
export const peakOf = (pid: number): number => peakMemory(pid) / 1024 / 1024;

/** The value that so many in a hundred do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? Number.NaN;
}
