import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settlement } from '../../src/relay/store/dispatch.ts';
import type { Store } from '../../src/relay/store/store.ts';
import { change, LANE, moment, want } from './changes.ts';
import { looked } from './command.ts';
import { storePlace } from './store-place.ts';

/** For the stores of all tests of this process. */
export const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-command-'));
process.once('exit', () => rmSync(folder, { recursive: true }));
export const here = { cwd: folder };
export const HOUR = 3_600_000;
export const NOW = Date.now();
let stores = 0;

/** A store with one change of each fate; the ids by what became of them. */
export async function store(): Promise<{ path: string; ids: Record<string, string> }> {
  stores += 1;
  const path = await storePlace(join(folder, `store-${stores}.db`));
  const ids = await looked(path, async store => {
    await told(store, 'app-updated', 'delivered', NOW - 3 * HOUR, { state: 'delivered' });
    const refused = { state: 'dead', reason: 'GitHub refused.', cause: 'event' } as const;
    await told(store, 'app-updated', 'dead', NOW - 2 * HOUR, refused);
    await told(store, 'app-deleted', 'late', NOW - HOUR, refused);
    await accept(store, 'app-updated', 'pending', NOW);
    await accept(store, 'app-updated', 'unread', NOW - 1.2 * HOUR);
    const unread = (await store.list({ limit: 10 })).find(({ object }) => object === 'unread');
    await store.settle(
      unread?.id ?? '',
      { state: 'dead', reason: 'The site refused.', cause: 'configuration' },
      NOW,
    );
    return Object.fromEntries((await store.list({ limit: 10 })).map(({ id, object }) => [object, id]));
  });
  return { path, ids };
}

async function accept(store: Store, subscription: string, object: string, now: number): Promise<void> {
  await store.accept(
    [change({ subscription, object, date: now, quiet: 1000, maxWait: 1000 })],
    moment(now),
    100,
  );
}

async function told(store: Store, subscription: string, object: string, now: number, end: Settlement) {
  await accept(store, subscription, object, now);
  const { id } = await want(store, object, now + 1000, now);
  await store.claim(moment(now + 1000), LANE);
  await store.settle(id, end, now);
}

export const states = (path: string) =>
  looked(path, async store =>
    Object.fromEntries((await store.list({ limit: 10 })).map(({ object, state }) => [object, state])),
  );
