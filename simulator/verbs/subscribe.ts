import { z } from 'zod';
import { shapes } from '../shown/shapes.ts';
import { entityTypes, noId } from '../site/entities.ts';
import { changeTypes } from '../site/site.ts';
import { nothing, Refusal, scalar } from './answers.ts';
import type { Call } from './call.ts';
import { found, readBody, readGuid } from './call.ts';
import { readFilter } from './lists.ts';

const receiver = z.url({ protocol: /^https?$/ });

/** The body is a JSON string: the callback URL (docs/qrs.md 7). */
export async function subscribe(call: Call) {
  const { query, notifier } = call;
  const name = query.get('name')?.toLowerCase();
  const type = entityTypes.find(one => one.toLowerCase() === name);
  if (!type) throw new Refusal(400, 'Unknown type');
  const filterText = query.get('filter') ?? '';
  const filter = filterText === '' ? undefined : readFilter(filterText, shapes[type]);
  const id = readGuid(query.get('id') ?? noId, 'id');
  const change = changeType(query.get('changetype') ?? '0');
  const property = query.get('propertyname') ?? '';
  const url = readBody(call, receiver);
  return scalar(201, notifier.subscribe({ url, type, id, filterText, filter, change, property }));
}

/** By name or by number; 0 is every change. */
function changeType(text: string) {
  const index = ['undefined', ...changeTypes.map(type => type.toLowerCase())].indexOf(text.toLowerCase());
  const number = index >= 0 ? index : Number(text);
  if (number === 0) return undefined;
  const type = changeTypes[number - 1];
  if (!type) throw new Refusal(400, 'Unknown changetype');
  return type;
}

export function unsubscribe({ query, notifier }: Call) {
  found(notifier.unsubscribe(readGuid(query.get('handle'), 'handle')) || undefined, 'subscription');
  return nothing;
}
