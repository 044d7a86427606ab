import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { nameOf, type Sent } from './ledger.ts';
import { notification, type Surroundings } from './surroundings.ts';

export interface Load {
  sent: Sent[];
  /** The last version of each app that is changed over QRS. */
  latest: Map<string, number>;
  /** Called at each 202. */
  onAnswer(listener: () => void): () => void;
  stop(): Promise<void>;
}

export const ids = (count: number): string[] => Array.from({ length: count }, () => randomUUID());

/**
 * Changes apps without a pause: `loud` ones over QRS, which tells the relay; `silent` ones behind its back, so that
 * the relay learns of them by a call of ours or never. Each sender has apps of its own: its versions are in order.
 */
export function startLoad(
  around: Surroundings,
  given: { loud: readonly string[]; silent: readonly string[]; senders: number; random: () => number },
): Load {
  const { loud, silent, senders, random } = given;
  const sent: Sent[] = [];
  const latest = new Map<string, number>();
  const listeners = new Set<() => void>();
  const versions = new Map<string, number>();
  const stop = new AbortController();
  let marks = 0;

  const pick = (among: readonly string[]) => among[Math.floor(random() * among.length)] ?? '';
  const next = (app: string) => {
    const version = (versions.get(app) ?? 0) + 1;
    versions.set(app, version);
    return version;
  };

  async function edit() {
    const app = pick(loud);
    const version = next(app);
    await around.rename(app, nameOf('Loud', version));
    latest.set(app, version);
  }

  async function send(own: readonly string[]) {
    const apps = new Set(Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(own)));
    const news = [...apps].map(app => {
      const version = next(app);
      around.renameSecretly(app, nameOf('Silent', version));
      marks += 1;
      return { mark: `n${marks}`, app, version, acknowledged: false };
    });
    sent.push(...news);
    const answer = await around.post(news.map(({ app, mark }) => notification(around.dev, app, [mark])));
    // Nobody listens: what is changed now would be told by nobody.
    if (answer === undefined) await wait(200);
    if (answer?.status !== 202) return;
    for (const one of news) one.acknowledged = true;
    for (const listener of listeners) listener();
  }

  async function loop(work: () => Promise<void>, pause: number) {
    while (!stop.signal.aborted) {
      await work();
      await wait(pause * (0.5 + random()));
    }
  }

  const loops = [loop(edit, 30)];
  for (let sender = 0; sender < senders; sender += 1) {
    const own = silent.filter((_, index) => index % senders === sender);
    loops.push(loop(() => send(own), 40));
  }
  return {
    sent,
    latest,
    onAnswer: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: async () => {
      stop.abort();
      await Promise.all(loops);
    },
  };
}
