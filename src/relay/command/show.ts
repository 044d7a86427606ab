import { formatDuration } from '../../base/units.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Counts } from '../store/history.ts';
import type { Lane, WatchRow } from '../store/watches.ts';

/** How a store and its relay fare. */
export interface Facts {
  running: boolean;
  counts: Counts;
  /** Subscriptions that sites keep. */
  handles: number;
  lanes: readonly Lane[];
  watches: readonly WatchRow[];
}

/** What `status` says. Pure. */
export function statusText({ running, counts, handles, lanes, watches }: Facts, now: number): string[] {
  const { pending, leased, delivered, unwanted, dead } = counts.states;
  const oldest = counts.oldest === undefined ? '' : `, the oldest for ${formatDuration(now - counts.oldest)}`;
  const lines = [
    `relay      ${running ? 'runs' : 'does not run'}`,
    `waiting    ${pending + leased}${oldest}`,
    `delivered  ${delivered}`,
    `unwanted   ${unwanted}`,
    `dead       ${dead}`,
    `handles    ${handles} subscriptions with QRS`,
    ...lanes.map(lane => laneText(lane, counts, now)),
    ...watches.flatMap(({ subscription, trouble }) =>
      trouble === undefined ? [] : [`trouble    subscription ${subscription}: ${trouble}`],
    ),
  ];
  if (dead > 0) lines.push('See the dead ones with "list --state dead"; send them again with "redeliver".');
  return lines;
}

function laneText({ repository, kind, until, failures, reason }: Lane, { waiting }: Counts, now: number) {
  const who = repository === '' ? 'all repositories' : `${repository} (${waiting[repository] ?? 0} changes)`;
  const left = until > now ? `for another ${formatDuration(until - now)}` : 'until it is tried again now';
  return `paused     ${who}, ${kind} ${failures} times in a row, ${left}: ${reason}`;
}

/** The same as JSON. Pure. */
export function statusJson({ running, counts, handles, lanes, watches }: Facts): unknown {
  const { states, waiting, oldest } = counts;
  return {
    running,
    states,
    waiting,
    oldest,
    subscriptions: handles,
    paused: lanes.map(({ repository, until, ...lane }) => ({
      repository: repository === '' ? 'all' : repository,
      until: new Date(until).toISOString(),
      ...lane,
    })),
    troubles: watches.flatMap(({ subscription, trouble }) =>
      trouble === undefined ? [] : [{ subscription, trouble }],
    ),
  };
}

/** A line each. Pure. */
export function listText(deliveries: readonly Delivery[]): string[] {
  if (deliveries.length === 0) return ['There is none.'];
  return deliveries.map(one => {
    const times = one.count === 1 ? '' : ` ×${one.count}`;
    const tries = one.attempts > 1 ? `, ${one.attempts} tries` : '';
    const twice = one.maybeSent ? ', maybe accepted before' : '';
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
