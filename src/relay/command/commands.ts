import { InputError } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import type { Subscription } from '../config/settings.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Query } from '../store/history.ts';
import type { Store } from '../store/store.ts';
import { type Arguments, UsageError } from './arguments.ts';
import { listJson, listText, statusJson, statusText } from './show.ts';

/** Where a command looks, and how it answers. */
export interface Looking {
  store: Store;
  /** Those of the configuration; undefined where the store alone is given. */
  subscriptions: readonly Subscription[] | undefined;
  /** Whether a relay runs on the store. */
  running: boolean;
  /** Prints a line. */
  tell: (line: string) => void;
}

const ALL = 1_000_000;
/** So many changes are shown of a long selection. */
const SHOWN = 50;

export async function status({ json }: Arguments, { store, running, tell }: Looking): Promise<void> {
  const facts = {
    running,
    counts: await store.counts(),
    handles: (await store.handles()).length,
    lanes: await store.lanes(),
    watches: await store.watches(),
  };
  if (json) tell(JSON.stringify(statusJson(facts)));
  else for (const line of statusText(facts, Date.now())) tell(line);
}

export async function list({ json, query }: Arguments, looking: Looking): Promise<void> {
  const deliveries = await select(query, looking);
  if (json) looking.tell(JSON.stringify(listJson(deliveries)));
  else for (const line of listText(deliveries)) looking.tell(line);
}

/** Marks changes to be dispatched again; the relay that runs on the store does it. */
export async function redeliver({ query, dryRun }: Arguments, looking: Looking): Promise<void> {
  const { store, subscriptions, running, tell } = looking;
  // What was dispatched once is dispatched again only when it is asked for by name.
  const states = query.states ?? (query.ids ? (['delivered', 'dead'] as const) : (['dead'] as const));
  const found = await select({ ...query, states, limit: ALL }, looking);
  refuseUnknown(query, found, 'was dispatched or given up');
  const isServed = ({ subscription, repository }: Delivery) =>
    subscriptions === undefined ||
    subscriptions.some(
      ({ name, send }) => name === subscription && send.repository.toLowerCase() === repository,
    );
  const [served, others] = [found.filter(isServed), found.filter(one => !isServed(one))];
  show(found, tell);
  tell(`${counted(found.length)} found.`);
  if (others.length > 0) {
    tell(
      `${others.length} of them cannot be sent: the configuration has no such subscription to such a repository ` +
        `(${[...new Set(others.map(one => `${one.subscription} to ${one.repository}`))].join(', ')}).`,
    );
  }
  if (dryRun) return tell(`${served.length} would be sent again.`);
  const ids = served.map(({ id }) => id);
  const again = await store.redeliver(ids, Date.now());
  const by = running ? 'The relay that runs sends them.' : 'No relay runs on this store: "run" sends them.';
  tell(`${again} will be sent again, each under its own id.${again > 0 ? ` ${by}` : ''}`);
}

/** Removes changes that wait or were given up; without `--yes` it only says how many. */
export async function discard({ query, yes }: Arguments, looking: Looking): Promise<void> {
  const { store, tell } = looking;
  const states = query.states ?? (['pending', 'dead'] as const);
  const found = await select({ ...query, states, limit: ALL }, looking);
  refuseUnknown(query, found, 'waits or was given up');
  show(found, tell);
  if (!yes) return tell(`${counted(found.length)} would be removed for good. Add --yes to remove them.`);
  const gone = await store.discard(found.map(({ id }) => id));
  tell(`${counted(gone)} removed.`);
}

/** Throws UsageError for a subscription or a repository that neither the configuration nor the store knows. */
async function select(query: Query, { store, subscriptions = [] }: Looking): Promise<Delivery[]> {
  const found = await store.list(query);
  if (found.length > 0) return found;
  const watched = (await store.watches()).map(({ subscription }) => subscription);
  const names = [...subscriptions.map(({ name }) => name), ...watched];
  const waited = Object.keys((await store.counts()).waiting);
  const repositories = [...subscriptions.map(({ send }) => send.repository.toLowerCase()), ...waited];
  const { subscription, repository } = query;
  const stored = async (one: Partial<Query>) => (await store.list({ ...one, limit: 1 })).length > 0;
  if (subscription !== undefined && !(await stored({ subscription }))) {
    refuseMisspelt('subscription', subscription, names);
  }
  if (repository !== undefined && !(await stored({ repository }))) {
    refuseMisspelt('repository', repository, repositories);
  }
  return found;
}

function refuseMisspelt(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const near = nearest(name, known);
  const others = known.length > 0 ? ` There are: ${[...new Set(known)].join(', ')}.` : '';
  const instead = near === undefined ? others : ` Did you mean "${near}"?`;
  throw new UsageError([`There is no ${what} "${name}".${instead}`]);
}

function refuseUnknown({ ids = [] }: Query, found: readonly Delivery[], that: string): void {
  const missing = ids.filter(id => !found.some(one => one.id === id));
  if (missing.length === 0) return;
  throw new InputError(missing.map(id => `There is no change ${id} that ${that}.`));
}

function show(deliveries: readonly Delivery[], tell: Looking['tell']): void {
  if (deliveries.length === 0) return;
  for (const line of listText(deliveries.slice(0, SHOWN))) tell(line);
  if (deliveries.length > SHOWN) tell(`… and ${deliveries.length - SHOWN} more.`);
}

const counted = (number: number) => `${number} ${number === 1 ? 'change' : 'changes'}`;
