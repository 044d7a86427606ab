import { InputError } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { count } from '../../base/units.ts';
import type { Subscription } from '../config/settings.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Query } from '../store/history.ts';
import type { Store } from '../store/store.ts';
import { type RelayArguments, RelayUsageError } from './arguments.ts';
import { factsOf, listJson, listText, statusText } from './show.ts';

/** Where a command looks, and how it answers. */
export interface Looking {
  store: Store;
  /** Those of the configuration; undefined where the store alone is given. */
  subscriptions: readonly Subscription[] | undefined;
  /** How many relays run on the store. */
  running: number;
  /** Of the configuration. */
  digest: string | undefined;
  /** Prints a line. */
  tell: (line: string) => void;
}

const NO_LIMIT = 1_000_000;
/** The most changes to show of a long selection. */
const SHOWN = 50;

export async function status({ json }: RelayArguments, looking: Looking): Promise<void> {
  const { tell } = looking;
  const facts = await factsOf(looking);
  if (json) tell(JSON.stringify(facts));
  else for (const line of statusText(facts, Date.now())) tell(line);
}

export async function list({ json, query }: RelayArguments, looking: Looking): Promise<void> {
  const deliveries = await select(query, looking);
  if (json) looking.tell(JSON.stringify(listJson(deliveries)));
  else for (const line of listText(deliveries)) looking.tell(line);
}

/** Marks changes to be dispatched again; the relay that runs on the store does it. */
export async function redeliver({ query, dryRun }: RelayArguments, looking: Looking): Promise<void> {
  const { store, subscriptions, running, tell } = looking;
  // A delivered change is dispatched again only if it was selected by its id or state.
  const states = query.states ?? (query.ids ? (['delivered', 'dead'] as const) : (['dead'] as const));
  const found = await select({ ...query, states, limit: NO_LIMIT }, looking);
  refuseUnknown(query, found, 'was dispatched or given up');
  const lanes = subscriptions?.map(({ name, send }) => laneOf(name, send.repository.toLowerCase()));
  const isServed = (one: Delivery) => !lanes || lanes.includes(laneOf(one.subscription, one.repository));
  const served = found.filter(isServed);
  const others = new Set(
    found.filter(one => !isServed(one)).map(one => laneOf(one.subscription, one.repository)),
  );
  show(found, tell);
  tell(`${count(found.length, 'change')} found.`);
  if (others.size > 0) {
    tell(
      `${found.length - served.length} of them cannot be sent: the configuration has no such subscription to ` +
        `such a repository (${[...others].join(', ')}).`,
    );
  }
  if (!lanes && found.length > 0) {
    tell(
      'Without a configuration nobody can say whether a subscription still asks for them. A relay whose ' +
        'configuration has no such subscription gives them up again. With --config, this command says which ones.',
    );
  }
  if (dryRun) return tell(`${served.length} would be sent again.`);
  const again = await store.redeliver(
    served.map(({ id }) => id),
    Date.now(),
  );
  const by =
    running > 0 ? 'The relay that runs sends them.' : 'No relay runs on this store: "run" sends them.';
  tell(`${again} will be sent again, each under its own id.${again > 0 ? ` ${by}` : ''}`);
}

const laneOf = (subscription: string, repository: string) => `${subscription} to ${repository}`;

/** Removes changes that wait or were given up; without `--yes` it only says how many. */
export async function discard({ query, yes }: RelayArguments, looking: Looking): Promise<void> {
  const { store, tell } = looking;
  const states = query.states ?? (['pending', 'dead'] as const);
  const found = await select({ ...query, states, limit: NO_LIMIT }, looking);
  refuseUnknown(query, found, 'waits or was given up');
  show(found, tell);
  if (!yes)
    return tell(`${count(found.length, 'change')} would be removed for good. Add --yes to remove them.`);
  const gone = await store.discard(found.map(({ id }) => id));
  tell(`${count(gone, 'change')} removed.`);
}

/** Throws UsageError for an id, a subscription or a repository that neither the configuration nor the store knows. */
async function select(query: Query, { store, subscriptions = [] }: Looking): Promise<Delivery[]> {
  const found = await store.list(query);
  await refuseMisspelt(query.ids ?? [], found, store);
  if (found.length > 0) return found;
  const configured = {
    subscription: subscriptions.map(({ name }) => name),
    repository: subscriptions.map(({ send }) => send.repository.toLowerCase()),
  };
  for (const what of ['subscription', 'repository'] as const) {
    const name = query[what];
    const known = [...new Set([...configured[what], ...(await store.names(what))])];
    if (name === undefined || known.includes(name)) continue;
    const near = nearest(name, known);
    const instead = near === undefined ? `There are: ${known.join(', ')}.` : `Did you mean "${near}"?`;
    throw new RelayUsageError([`There is no ${what} "${name}".${known.length > 0 ? ` ${instead}` : ''}`]);
  }
  return found;
}

async function refuseMisspelt(
  ids: readonly string[],
  found: readonly Delivery[],
  store: Store,
): Promise<void> {
  const missing = ids.filter(id => !found.some(one => one.id === id));
  if (missing.length === 0) return;
  const others = await store.list({ ids: missing, limit: missing.length });
  const unknown = missing.filter(id => !others.some(one => one.id === id));
  if (unknown.length > 0)
    throw new RelayUsageError(unknown.map(id => `There is no change with the id "${id}".`));
}

function refuseUnknown({ ids = [] }: Query, found: readonly Delivery[], that: string): void {
  const missing = ids.filter(id => !found.some(one => one.id === id));
  if (missing.length > 0) throw new InputError(missing.map(id => `There is no change ${id} that ${that}.`));
}

function show(deliveries: readonly Delivery[], tell: Looking['tell']): void {
  if (deliveries.length === 0) return;
  for (const line of listText(deliveries.slice(0, SHOWN))) tell(line);
  if (deliveries.length > SHOWN) tell(`… and ${deliveries.length - SHOWN} more.`);
}
