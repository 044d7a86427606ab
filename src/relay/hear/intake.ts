import type { Relay } from '../relay.ts';
import type { AcceptResult } from '../store/accept.ts';
import type { ReportedChange } from '../store/join.ts';
import { StoreError } from '../store/sql.ts';

/** The one way into the store. What arrives in one turn of the event loop goes to disk in one commit. */
export interface Intake {
  /** Resolves when the changes are on disk; rejects with StoreError, and then none of them is. */
  accept(changes: readonly ReportedChange[]): Promise<AcceptResult>;
  /** Resolves when nothing is on its way to the disk. */
  idle(): Promise<void>;
}

interface Batched {
  changes: readonly ReportedChange[];
  resolve(accepted: AcceptResult): void;
  reject(error: unknown): void;
}

/** Changes that may wait for the store at a time: a slow one must not fill the memory. */
const MOST = 10_000;
const TOO_MANY = 'The store is slow, and too many changes wait for it.';

/** `stored` is called after each commit, with what is new and the names of the subscriptions concerned. */
export function createIntake(
  { store, clock, share }: Pick<Relay, 'store' | 'clock' | 'share'>,
  stored: (added: AcceptResult['added'], subscriptions: ReadonlySet<string>) => void,
): Intake {
  let waiting: Batched[] = [];
  let flushing: Promise<void> | undefined;

  async function flush() {
    await new Promise(resolve => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await commit(batch);
    }
    flushing = undefined;
  }

  async function commit(batch: readonly Batched[]) {
    try {
      const all = batch.flatMap(({ changes }) => changes);
      const accepted = await store.accept(all, { now: clock.now(), tick: clock.steady() }, share);
      stored(accepted.added, new Set(all.map(({ subscription }) => subscription)));
      const joiners = new Set(accepted.joined);
      const turnedAway = new Set(accepted.rejected);
      for (const { changes, resolve } of batch) {
        const rejected = changes.filter(change => turnedAway.has(change));
        const joined = changes.filter(change => joiners.has(change));
        resolve({ stored: changes.length - rejected.length, joined, rejected, added: [] });
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return {
    accept: changes =>
      new Promise((resolve, reject) => {
        // What is asked of the site may be more at once, when nothing else waits.
        const before = waiting.reduce((sum, one) => sum + one.changes.length, 0);
        if (before > 0 && before + changes.length > MOST) return reject(new StoreError(TOO_MANY));
        waiting.push({ changes, resolve, reject });
        flushing ??= flush();
      }),
    idle: async () => {
      await flushing;
    },
  };
}
