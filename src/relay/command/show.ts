import { formatDuration } from '../../base/units.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Counts, Handle } from '../store/store.ts';

/** What `status` says. Pure. */
export function statusText(counts: Counts, handles: readonly Handle[], now: number): string[] {
  const { pending, leased, delivered, unwanted, dead } = counts.states;
  const oldest = counts.oldest === undefined ? '' : `, the oldest for ${formatDuration(now - counts.oldest)}`;
  const lines = [
    `waiting    ${pending + leased}${oldest}`,
    `delivered  ${delivered}`,
    `unwanted   ${unwanted}`,
    `dead       ${dead}`,
    `handles    ${handles.length} subscriptions with QRS`,
  ];
  if (dead > 0) lines.push('See the dead ones with "list --state dead"; send them again with "redeliver".');
  return lines;
}

/** A line each. Pure. */
export function listText(deliveries: readonly Delivery[]): string[] {
  if (deliveries.length === 0) return ['There is none.'];
  return deliveries.map(one => {
    const times = one.count === 1 ? '' : ` ×${one.count}`;
    const tries = one.attempts > 1 ? `, ${one.attempts} tries` : '';
    const twice = one.maybeSent ? ', maybe told before' : '';
    const why = one.reason === undefined ? '' : `: ${one.reason}`;
    const last = new Date(one.last).toISOString();
    return `${last}  ${one.state.padEnd(9)}  ${one.id}  ${one.subscription} ${one.change} ${one.object}${times}${tries}${twice}${why}`;
  });
}

/** What is shown as JSON: the payload as it is, not as text in text. Pure. */
export function listJson(deliveries: readonly Delivery[]): unknown[] {
  return deliveries.map(({ payload, first, last, ...rest }) => ({
    ...rest,
    first: new Date(first).toISOString(),
    last: new Date(last).toISOString(),
    payload: payload === undefined ? null : JSON.parse(payload),
  }));
}
