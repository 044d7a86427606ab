import { z } from 'zod';
import { changeOf } from '../qrs/subscriptions.ts';
import type { Subscription } from './config.ts';
import type { Told } from './store/delivery.ts';

/** An item of what QRS posts (docs/qrs.md 7.2). Other fields are its own business. */
const item = z.looseObject({
  changeType: z.union([z.number(), z.string()]),
  objectType: z.string(),
  objectID: z.guid(),
  changedProperties: z.array(z.string().transform(name => name.slice(0, 100))).nullish(),
  modifiedDate: z.string().nullish(),
});

export interface Notified {
  wanted: Told[];
  /** Right in form, but of another property or change: QRS leaks (docs/qrs.md 7.1). */
  unwanted: number;
  malformed: number;
}

/** What a subscription is told by the body of a call: every item is looked at by itself. Pure. */
export function notified(subscription: Subscription, body: unknown): Notified {
  const result: Notified = { wanted: [], unwanted: 0, malformed: 0 };
  const items: unknown[] = Array.isArray(body) ? body : [body];
  for (const one of items) {
    const told = read(subscription, one);
    if (told === 'malformed') result.malformed += 1;
    else if (told === 'unwanted') result.unwanted += 1;
    else result.wanted.push(told);
  }
  if (items.length === 0) result.malformed = 1;
  return result;
}

function read(subscription: Subscription, one: unknown): Told | 'malformed' | 'unwanted' {
  const parsed = item.safeParse(one);
  if (!parsed.success) return 'malformed';
  const { changeType, objectType, objectID, changedProperties, modifiedDate } = parsed.data;
  const change = changeOf(changeType);
  if (!change || objectType.toLowerCase() !== subscription.entity.toLowerCase()) return 'malformed';
  if (!subscription.changes.includes(change)) return 'unwanted';
  // None at all: nobody told.
  const changed = changedProperties && changedProperties.length > 0 ? changedProperties : undefined;
  if (change === 'update' && changed && !concerns(subscription.property, changed)) return 'unwanted';
  const date = Date.parse(modifiedDate ?? '');
  return {
    subscription: subscription.name,
    site: subscription.site.name,
    entity: subscription.entity,
    object: objectID.toLowerCase(),
    change,
    changed,
    date: Number.isNaN(date) ? undefined : date,
    since: undefined,
    gap: false,
    quiet: subscription.quiet,
    maxWait: subscription.maxWait,
  };
}

/** `!x` is every change but one of x; the date of modification changes along with everything. */
function concerns(property: string | undefined, changed: readonly string[]): boolean {
  if (property === undefined) return true;
  const names = changed.map(name => name.toLowerCase());
  const wanted = property.toLowerCase();
  if (!wanted.startsWith('!')) return names.includes(wanted);
  const others = names.filter(name => name !== 'modifieddate');
  return others.length === 0 || others.some(name => name !== wanted.slice(1));
}
