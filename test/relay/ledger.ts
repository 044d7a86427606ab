import type { Dispatch } from '../../simulator/github/dispatches.ts';
import type { Delivery } from '../../src/relay/store/delivery.ts';
import { type Payload, payloadSchema } from './stage.ts';

/** A change of which the relay was told. Its mark stands among the names of what changed, and nowhere else. */
export interface Sent {
  mark: string;
  app: string;
  version: number;
  /** Answered 202: from then on it must not be lost. Otherwise nobody knows. */
  acknowledged: boolean;
}

export interface Books {
  sent: readonly Sent[];
  /** Changes of which QRS itself told, or had to be asked: the last version of each app. */
  latest: ReadonlyMap<string, number>;
  dispatches: readonly Dispatch[];
  /** All that is in the store when the relay has come to rest. */
  deliveries: readonly Delivery[];
}

/** So many names are kept of a delivery; a test that has more could miss a mark. */
const NAMES = 50;

/** An app's name says which version of it was read back. */
export const nameOf = (kind: string, version: number) => `${kind} v${version}`;
const versionOf = (name: string | null | undefined) => Number(/ v(\d+)$/.exec(name ?? '')?.[1] ?? -1);

/** Everything that does not add up between what was told and what GitHub heard; a line each. Pure. */
export function discrepancies({ sent, latest, dispatches, deliveries }: Books): string[] {
  const payloads = dispatches.map(({ client_payload }) => payloadSchema.parse(client_payload));
  return [
    ...repeats(payloads),
    ...order(payloads),
    ...deliveries.flatMap(one => unfinished(one, payloads)),
    ...counts(sent, deliveries),
    ...marks(sent, deliveries, payloads),
    ...[...latest].flatMap(([app, version]) => {
      const told = newest(app, payloads);
      return told >= version ? [] : [`app ${app} is at v${version}, but GitHub heard of v${told}`];
    }),
  ];
}

/** A repeat is the same, word for word; an id is never another change's. */
function repeats(payloads: readonly Payload[]): string[] {
  return [...Map.groupBy(payloads, ({ delivery }) => delivery)].flatMap(([delivery, same]) => {
    const texts = new Set(same.map(payload => JSON.stringify(payload)));
    return texts.size === 1 ? [] : [`delivery ${delivery} has come as: ${[...texts].join(' and ')}`];
  });
}

/** GitHub never hears of an older version of an app after a newer one. */
function order(payloads: readonly Payload[]): string[] {
  return [...Map.groupBy(payloads, ({ object }) => object.id)].flatMap(([app, own]) => {
    const versions = own.map(({ object }) => versionOf(object.name));
    const sorted = versions.toSorted((a, b) => a - b);
    return versions.join() === sorted.join()
      ? []
      : [`app ${app} was told in the order ${versions.join(' ')}`];
  });
}

function unfinished(one: Delivery, payloads: readonly Payload[]): string[] {
  if (one.state === 'unwanted') return [];
  if (one.state !== 'delivered') return [`delivery ${one.id} of ${one.object} is still ${one.state}`];
  return payloads.some(({ delivery }) => delivery === one.id)
    ? []
    : [`delivery ${one.id} counts as delivered, but GitHub never heard of it`];
}

/** Every mark is in one delivery at most, and counted there. */
function counts(sent: readonly Sent[], deliveries: readonly Delivery[]): string[] {
  const apps = new Set(sent.map(({ app }) => app));
  return deliveries.flatMap(one => {
    if (one.changed.length >= NAMES) return [`delivery ${one.id} has too many names for this test`];
    const exact = !apps.has(one.object) || one.count === one.changed.length;
    return exact ? [] : [`delivery ${one.id} counts ${one.count} of ${one.changed.join(' ')}`];
  });
}

/** What was acknowledged is in exactly one delivery, and GitHub heard of the app as it was then, or later. */
function marks(
  sent: readonly Sent[],
  deliveries: readonly Delivery[],
  payloads: readonly Payload[],
): string[] {
  const holders = Map.groupBy(
    deliveries.flatMap(delivery => delivery.changed.map(mark => ({ mark, delivery }))),
    ({ mark }) => mark,
  );
  const heard = new Map(payloads.map(({ delivery, object }) => [delivery, versionOf(object.name)]));
  const wrong = (one: Sent): string | undefined => {
    const { mark, app, version, acknowledged } = one;
    const held = holders.get(mark) ?? [];
    const what = `${mark} of ${app}, v${version},`;
    if (held.length > 1) return `${what} is in ${held.length} deliveries`;
    const own = held[0]?.delivery;
    if (!own) return acknowledged ? `${what} was acknowledged, and is lost` : undefined;
    if (own.object !== app) return `${what} is in a delivery of ${own.object}`;
    // What was found to be told already is told by another delivery.
    const told = own.state === 'unwanted' ? newest(app, payloads) : (heard.get(own.id) ?? -1);
    return told < version ? `${what} is on disk, but GitHub heard of v${told}` : undefined;
  };
  return sent.flatMap(one => wrong(one) ?? []);
}

function newest(app: string, payloads: readonly Payload[]): number {
  return Math.max(
    -1,
    ...payloads.filter(({ object }) => object.id === app).map(one => versionOf(one.object.name)),
  );
}
