import { createHash } from 'node:crypto';
import { RemoteError } from '../base/errors.ts';
import { changesSince } from '../qrs/changes.ts';
import type { Qrs } from '../qrs/connection.ts';
import { findTasks, type Task } from '../qrs/tasks.ts';
import { readWatched, type Watched } from '../qrs/watched.ts';
import { unmet } from '../when/when.ts';
import type { Subscription } from './config.ts';
import { payloadOf } from './payload.ts';
import { type Delivery, ONE_WRITE, type Seen } from './store/delivery.ts';

export type Verdict =
  | { wanted: true; payload: Record<string, unknown>; seen: Seen }
  | { wanted: false; reason: string; seen: Seen | undefined };

/** The mark of what is gone. */
const DELETED = '(deleted)';
/** How far back a deletion that is told now may lie, ms. */
const DELETED_SINCE = 600_000;
/** What the reason begins with where a user is ignored. */
const CHANGED_BY = 'it was changed by';

/**
 * Reads the entity back and decides whether GitHub is to hear of it: a notification is never believed by itself.
 * `before` is what was last decided of it. Throws RemoteError when the site cannot say.
 */
export async function decide(
  qrs: Qrs,
  subscription: Subscription,
  delivery: Delivery,
  before: Seen | undefined,
): Promise<Verdict> {
  if (delivery.change === 'delete') return decideDeletion(qrs, delivery, before);
  const watched = await readWatched(qrs, subscription.entity, delivery.object, subscription.filter);
  if (!watched) return { wanted: false, reason: notThere(subscription), seen: undefined };
  const seen: Seen = {
    modified: timeOf(watched.entity.modifiedDate),
    mark: markOf(watched, subscription),
    digest: digestOf(watched),
    sent: false,
    ignored: false,
  };
  const reason = unwanted(subscription, delivery, watched, seen, before);
  if (reason !== undefined) {
    // Told once stays told: a later look at the same end of an execution is not its first.
    const sent = watched.kind === 'result' && before?.sent === true && before.mark === seen.mark;
    return { wanted: false, reason, seen: { ...seen, sent, ignored: reason.startsWith(CHANGED_BY) } };
  }
  const task = watched.kind === 'result' ? await taskOf(qrs, watched.entity.taskID) : undefined;
  return { wanted: true, payload: payloadOf({ delivery, watched, task }), seen };
}

async function decideDeletion(qrs: Qrs, delivery: Delivery, before: Seen | undefined): Promise<Verdict> {
  const modified = delivery.changedTo ?? 0;
  const seen: Seen = { modified, mark: DELETED, digest: '', sent: false, ignored: false };
  if (before?.sent && before.mark === DELETED)
    return { wanted: false, reason: 'this was told already', seen: before };
  // Neither filter nor conditions can be asked of what is gone (docs/qrs.md 7.1).
  const watched = await readWatched(qrs, delivery.entity, delivery.object);
  if (watched) return { wanted: false, reason: 'it is still there', seen: undefined };
  if (!before && !(await wasThere(qrs, delivery))) {
    return { wanted: false, reason: 'the site knows of no such deletion', seen: undefined };
  }
  const payload = payloadOf({ delivery, watched: undefined, task: undefined });
  return { wanted: true, payload, seen };
}

/** Whoever knows the address can tell of the deletion of what never was: the site is asked. */
async function wasThere(qrs: Qrs, { entity, object, first, since }: Delivery): Promise<boolean> {
  if (since !== undefined) return true;
  const from = first + (qrs.ahead() ?? 0) - DELETED_SINCE;
  const changes = await changesSince(qrs, new Date(from).toISOString(), [entity]);
  return changes.some(({ id, change }) => id === object && change === 'delete');
}

function notThere({ filter, entity }: Subscription): string {
  return filter === undefined
    ? `there is no such ${entity} any more, or it may not be read`
    : `there is no such ${entity} any more, it may not be read, or does not meet the filter`;
}

/** Why GitHub is not told; undefined when it is. Pure. */
function unwanted(
  subscription: Subscription,
  delivery: Delivery,
  watched: Watched,
  now: Seen,
  before: Seen | undefined,
): string | undefined {
  const { property } = subscription;
  // After a gap, what was ignored may have hidden somebody else's change.
  const hidden = before?.ignored === true && !delivery.certain;
  if (before && !hidden && nothingNew(delivery, watched, now, before)) {
    return before.sent ? 'this change was told already' : 'this change was decided already';
  }
  if (property !== undefined && !delivery.certain && sameValue(delivery, watched, property, now, before)) {
    return `${property} has not changed`;
  }
  // More than one write: one of them may be somebody else's.
  const alone = (delivery.changedTo ?? 0) - (delivery.changedFrom ?? 0) <= ONE_WRITE;
  const user = watched.entity.modifiedByUserName;
  const own = delivery.certain && alone && isIgnored(subscription, user);
  if (own && !missedAnother(delivery, now, before)) return `${CHANGED_BY} ${user}`;
  const reasons = conditions(subscription, watched);
  return reasons.length > 0 ? reasons.join('; ') : undefined;
}

/** A repeat of what was decided, or a late stage of an execution whose end was told. */
function nothingNew(delivery: Delivery, watched: Watched, now: Seen, before: Seen): boolean {
  if (watched.kind === 'result' && before.sent && before.mark === now.mark) return true;
  // QRS's own date of the notification may be a moment after the entity's.
  const latest = delivery.changedTo;
  return (
    now.modified > 0 &&
    now.modified === before.modified &&
    (latest === undefined || latest <= before.modified + ONE_WRITE)
  );
}

/** Whether a property is as it was, where no notification told what had changed. */
function sameValue(
  delivery: Delivery,
  watched: Watched,
  property: string,
  now: Seen,
  before: Seen | undefined,
): boolean {
  if (property.startsWith('!')) return false;
  if (before) return before.mark === now.mark;
  const value = fieldOf(watched, property);
  const time = value === undefined ? Number.NaN : Date.parse(value);
  return delivery.since !== undefined && time < delivery.since;
}

/** It differs from what was last seen in more than this write explains: another one came before it, untold. */
function missedAnother({ changed }: Delivery, now: Seen, before: Seen | undefined): boolean {
  if (!before || before.digest === '' || before.digest === now.digest) return false;
  return changed.every(name => ['modifieddate', 'tags'].includes(name.toLowerCase()));
}

function isIgnored({ ignoreUsers }: Subscription, user: string): boolean {
  return ignoreUsers.some(name => name.toLowerCase() === user.toLowerCase());
}

function conditions({ when }: Subscription, watched: Watched): string[] {
  if (watched.kind === 'result') {
    const { status } = watched.entity;
    const wanted = when.status;
    return wanted && !wanted.some(one => one === status)
      ? [`its status is ${status}, not ${wanted.join(' or ')}`]
      : [];
  }
  return unmet(when, watched.entity);
}

/** What is compared with the last time: an execution's status, or the value of the property that is watched. */
function markOf(watched: Watched, { property }: Subscription): string {
  if (watched.kind === 'result') return watched.entity.status;
  return property === undefined ? '' : (fieldOf(watched, property) ?? '');
}

/** Of what a workflow may look at, but for the tags, which the action itself sets. */
function digestOf(watched: Watched): string {
  if (watched.kind !== 'app') return '';
  const { name, stream, owner, customProperties, published, lastReloadTime, description } = watched.entity;
  const values = customProperties.map(row => `${row.definition.name}=${row.value}`).sort();
  const looked = [name, stream?.id, owner?.id, values, published, lastReloadTime, description];
  return createHash('sha256').update(JSON.stringify(looked)).digest('base64');
}

function fieldOf({ entity }: Watched, property: string): string | undefined {
  const found = Object.entries(entity).find(([name]) => name.toLowerCase() === property.toLowerCase());
  return found === undefined || found[1] === undefined ? undefined : String(found[1]);
}

async function taskOf(qrs: Qrs, id: string | undefined): Promise<Task | undefined> {
  if (id === undefined) return undefined;
  try {
    return (await findTasks(qrs, { ids: [id], names: [] }))[0];
  } catch (error) {
    // Its name is a courtesy; a user who may read results need not be allowed to read tasks.
    if (error instanceof RemoteError && error.status === 403) return undefined;
    throw error;
  }
}

function timeOf(date: string): number {
  const time = Date.parse(date);
  return Number.isNaN(time) ? 0 : time;
}
