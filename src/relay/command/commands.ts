import { InputError } from '../../base/errors.ts';
import type { Store } from '../store/store.ts';
import type { Arguments } from './arguments.ts';
import { listJson, listText, statusText } from './show.ts';

/** Prints a line. */
type Tell = (line: string) => void;

export async function status({ json }: Arguments, store: Store, tell: Tell): Promise<void> {
  const [counts, handles] = [await store.counts(), await store.handles()];
  if (json) tell(JSON.stringify({ ...counts, subscriptions: handles.length }));
  else for (const line of statusText(counts, handles, Date.now())) tell(line);
}

export async function list({ json, query }: Arguments, store: Store, tell: Tell): Promise<void> {
  const deliveries = await store.list(query);
  if (json) tell(JSON.stringify(listJson(deliveries)));
  else for (const line of listText(deliveries)) tell(line);
}

/** Marks changes to be told again; a relay that runs on the same store does it. */
export async function redeliver({ query, dryRun }: Arguments, store: Store, tell: Tell): Promise<void> {
  // What was told once is told again only when it is asked for by name.
  const among = query.states ?? (query.ids ? (['delivered', 'dead'] as const) : (['dead'] as const));
  const deliveries = await store.list({ ...query, states: among, limit: 1_000_000 });
  const missing = (query.ids ?? []).filter(id => !deliveries.some(one => one.id === id));
  if (missing.length > 0) {
    throw new InputError(missing.map(id => `There is no change ${id} that was told or given up.`));
  }
  const sendable = deliveries;
  for (const line of listText(sendable)) tell(line);
  if (dryRun) return tell(`${sendable.length} would be sent again.`);
  const ids = sendable.map(({ id }) => id);
  const again = await store.redeliver(ids, Date.now());
  tell(`${again} will be sent again, each under its own id.`);
}
