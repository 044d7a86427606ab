import * as z from 'zod';
import { type Change, changeOf } from '../../qrs/subscriptions.ts';
import type { Subscription } from '../config/settings.ts';
import type { Heard } from '../store/delivery.ts';
import type { ReportedChange } from '../store/join.ts';

/** An item of what QRS posts (docs/qrs.md 7.2). Other fields are its own business. */
const item = z.looseObject({
  changeType: z.union([z.number(), z.string()]),
  objectType: z.string(),
  objectID: z.guid(),
  changedProperties: z.array(z.string().transform(name => name.slice(0, 100))).nullish(),
  modifiedDate: z.string().nullish(),
});

export interface Notified {
  wanted: ReportedChange[];
  /** Right in form, but of another property or change: QRS leaks (docs/qrs.md 7.1). */
  unwanted: number;
  malformed: number;
}

/**
 * Reads the body of a call for one subscription, each item by itself. `gap`: the site may not have
 * notified for a while. Pure.
 */
export function notified(subscription: Subscription, body: unknown, gap: boolean): Notified {
  const result: Notified = { wanted: [], unwanted: 0, malformed: 0 };
  const items: unknown[] = Array.isArray(body) ? body : [body];
  for (const one of items) {
    const reported = read(subscription, one, gap);
    if (reported === 'malformed') result.malformed += 1;
    else if (reported === 'unwanted') result.unwanted += 1;
    else result.wanted.push(reported);
  }
  if (items.length === 0) result.malformed = 1;
  return result;
}

function read(
  subscription: Subscription,
  one: unknown,
  gap: boolean,
): ReportedChange | 'malformed' | 'unwanted' {
  const parsed = item.safeParse(one);
  if (!parsed.success) return 'malformed';
  const { changeType, objectType, objectID, changedProperties, modifiedDate } = parsed.data;
  const reported = changeOf(changeType);
  if (!reported || objectType.toLowerCase() !== subscription.entity.toLowerCase()) return 'malformed';
  const change = heardAs(subscription, reported);
  if (!change) return 'unwanted';
  // Empty: QRS did not say which properties changed.
  const changed = changedProperties && changedProperties.length > 0 ? changedProperties : undefined;
  if (change === 'update' && changed && !concerns(subscription.property, changed)) return 'unwanted';
  const date = Date.parse(modifiedDate ?? '');
  return {
    ...fixedOf(subscription),
    object: objectID.toLowerCase(),
    change,
    changed,
    date: Number.isNaN(date) ? undefined : date,
    since: undefined,
    gap,
  };
}

/** What all changes of a subscription have in common. */
export function fixedOf({ name, site, send, entity, quiet, maxWait }: Subscription) {
  const repository = send.repository.toLowerCase();
  return { subscription: name, site: site.name, repository, entity, quiet, maxWait };
}

/** What a subscription makes of a change: who asks for deletions has to remember what there was before. */
export function heardAs({ changes }: Subscription, change: Change): Heard | undefined {
  if (changes.includes(change)) return change;
  return changes.includes('delete') ? 'remember' : undefined;
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
