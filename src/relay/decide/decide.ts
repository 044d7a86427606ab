import type { AnyEntity } from '../../qrs/any-entity.ts';
import { unmet } from '../../when/when.ts';
import type { Subscription } from '../config/settings.ts';
import type { Delivery } from '../store/delivery.ts';
import { DELETED, type Memory } from '../store/read.ts';
import type { Reading } from './read-back.ts';

export type Verdict =
  /** `late`: the site may not show the newest state yet. */
  | { kind: 'wanted'; memory: Memory; late: boolean }
  | { kind: 'unwanted'; reason: string; memory?: Memory }
  /** The site may show the change late: read the entity again after so many ms. */
  | { kind: 'look'; after: number; as?: 'update' };

export interface DecisionFacts {
  subscription: Subscription;
  delivery: Delivery;
  reading: Reading;
  /** What is remembered of the entity. */
  memory: Memory | undefined;
}

type EntityState = Pick<Memory, 'modified' | 'mark'>;

/** Pauses before further readings of an entity whose state does not fit its notification, ms. */
const LOOKS = [2_000, 10_000];
/** The date of a notification may be a little later than that of its change (docs/qrs.md 7.2), ms. */
export const SLACK = 1_000;
/** How the action names the copies that it uploads and removes again. */
export const WORKING_COPY = /^qrs-action working copy of /;

/**
 * Decides whether to dispatch a change, by the entity as read back; a notification alone decides nothing. Where the
 * notification is later than what the site shows, the relay reads the entity again. A wanted state that is newer than
 * the last decided one does not wait for that, because the notification's date may be wrong. Pure.
 */
export function decide(given: DecisionFacts): Verdict {
  const verdict = given.delivery.change === 'delete' ? decideDeletion(given) : decideState(given);
  if (!isLate(given)) return verdict;
  const isNews = (given.memory?.modified ?? 0) > 0;
  if (verdict.kind === 'wanted' && isNews) return { ...verdict, late: true };
  const after = LOOKS[given.delivery.looks];
  return after === undefined ? verdict : { kind: 'look', after };
}

function decideState(given: DecisionFacts): Verdict {
  const { reading, memory, subscription } = given;
  const { watched, beyond } = reading;
  if (!watched) {
    const kept = beyond && stateOf(given, beyond, memory?.met ?? false);
    return { kind: 'unwanted', reason: notThere(subscription, beyond), ...(kept ? { memory: kept } : {}) };
  }
  const now = stateOf(given, watched, true);
  const reason = unwanted(given, watched, now);
  if (reason === undefined) return { kind: 'wanted', memory: { ...now, sent: true }, late: false };
  // An execution's end that was dispatched once is not dispatched again after a later reading.
  const sent = watched.kind === 'result' && memory?.sent === true && memory.mark === now.mark;
  return { kind: 'unwanted', reason, memory: { ...now, sent } };
}

/** Whether the reading may be of a time before the change. */
function isLate({ delivery, reading, memory, subscription }: DecisionFacts): boolean {
  const { watched } = reading;
  if (delivery.change === 'delete') return watched !== undefined;
  if (!watched) return true;
  const { modified, mark } = markedState(watched, subscription);
  if (delivery.date === undefined || modified === 0) return false;
  const decided = memory?.modified === modified && memory.mark === mark;
  return delivery.date > modified + (decided ? 0 : SLACK);
}

function decideDeletion({ delivery, reading, memory, subscription }: DecisionFacts): Verdict {
  if (reading.watched) {
    // The deletion was none: the update that came with it is decided alone.
    const updated = delivery.changed.length > 0 && subscription.changes.includes('update');
    return updated
      ? { kind: 'look', after: 0, as: 'update' }
      : { kind: 'unwanted', reason: 'it is still there' };
  }
  const modified = delivery.date ?? 0;
  const { name, met = true } = memory ?? {};
  const gone = { modified, mark: DELETED, sent: false, name, met };
  if (memory?.mark === DELETED) {
    return { kind: 'unwanted', reason: 'this deletion was decided already', memory };
  }
  if (!met) return { kind: 'unwanted', reason: 'it never met the filter', memory: gone };
  if (name !== undefined && WORKING_COPY.test(name)) {
    return { kind: 'unwanted', reason: 'it was a working copy of a promotion', memory: gone };
  }
  return { kind: 'wanted', memory: { ...gone, sent: true }, late: false };
}

function notThere({ filter, entity }: Subscription, beyond: AnyEntity | undefined): string {
  if (beyond) return 'it does not meet the filter';
  return filter === undefined
    ? `there is no such ${entity} any more, or it may not be read`
    : `there is no such ${entity} any more, it may not be read, or does not meet the filter`;
}

/** Why the change is not dispatched; undefined when it is. */
function unwanted(
  { subscription, delivery, memory }: DecisionFacts,
  watched: AnyEntity,
  now: Memory,
): string | undefined {
  const before = memory && memory.modified > 0 ? memory : undefined;
  if (isDecided(watched, now, memory)) {
    return memory?.sent ? 'this change was dispatched already' : 'this change was decided already';
  }
  if (delivery.change === 'remember') return 'it is remembered for its deletion';
  const { property } = subscription;
  if (property !== undefined && !delivery.certain && isUnchanged(delivery, watched, property, now, before)) {
    return `${property} has not changed`;
  }
  const user = watched.entity.modifiedByUserName;
  if (delivery.own && isIgnored(subscription, user)) return `it was changed by ${user}`;
  const reasons = conditions(subscription, watched);
  return reasons.length > 0 ? reasons.join('; ') : undefined;
}

/** Whether the last decision was about this state; of an execution, about this end. */
export function isDecided(watched: AnyEntity, now: EntityState, memory: Memory | undefined): boolean {
  if (!memory || memory.mark !== now.mark) return false;
  if (watched.kind === 'result' && memory.sent) return true;
  return now.modified > 0 && now.modified === memory.modified;
}

/** Whether a property is as it was, where no notification named what had changed. */
function isUnchanged(
  { since }: Delivery,
  watched: AnyEntity,
  property: string,
  now: Memory,
  before: Memory | undefined,
): boolean {
  if (property.startsWith('!')) return false;
  if (before) return before.mark === now.mark;
  const value = fieldOf(watched, property);
  const time = value === undefined ? Number.NaN : Date.parse(value);
  return since !== undefined && time < since;
}

export function isIgnored({ ignoreUsers }: Subscription, user: string): boolean {
  return ignoreUsers.some(name => name.toLowerCase() === user.toLowerCase());
}

function conditions({ when }: Subscription, watched: AnyEntity): string[] {
  if (watched.kind === 'result') {
    const { status } = watched.entity;
    const wanted = when.status;
    return wanted && !wanted.some(one => one === status)
      ? [`its status is ${status}, not ${wanted.join(' or ')}`]
      : [];
  }
  return unmet(when, watched.entity);
}

function stateOf({ subscription, memory }: DecisionFacts, watched: AnyEntity, met: boolean): Memory {
  const { name } = watched.entity;
  const known = typeof name === 'string' ? name : memory?.name;
  return { ...markedState(watched, subscription), sent: false, name: known, met };
}

/** What a decision compares with the last one: the date, and an execution's status or the watched property's value. */
export function markedState(watched: AnyEntity, { property }: Subscription): EntityState {
  const time = Date.parse(watched.entity.modifiedDate);
  const modified = Number.isNaN(time) ? 0 : time;
  if (watched.kind === 'result') return { modified, mark: watched.entity.status };
  return { modified, mark: property === undefined ? '' : (fieldOf(watched, property) ?? '') };
}

function fieldOf({ entity }: AnyEntity, property: string): string | undefined {
  const found = Object.entries(entity).find(([name]) => name.toLowerCase() === property.toLowerCase());
  return found === undefined || found[1] === undefined ? undefined : String(found[1]);
}
