import type { AnyEntity } from '../../qrs/any-entity.ts';
import type { Task } from '../../qrs/tasks.ts';
import type { Delivery } from '../store/delivery.ts';

/** GitHub's limit is 65,535, and it does not say whether of characters or bytes: we stay well below (docs/github.md). */
const LIMIT = 60_000;

interface PayloadFacts {
  delivery: Delivery;
  /** Undefined for what was deleted. */
  watched: AnyEntity | undefined;
  /** Of an execution result; undefined when it is gone. */
  task: Pick<Task, 'id' | 'name' | 'app'> | undefined;
  /** As it was last read; undefined for what was never seen. */
  name: string | undefined;
}

/** What a workflow gets as `client_payload`: ten keys, as many as GitHub allows. Pure. */
export function payloadOf({ delivery, watched, task, name }: PayloadFacts): Record<string, unknown> {
  return fitted({
    delivery: delivery.id,
    site: delivery.site,
    subscription: delivery.subscription,
    entity: delivery.entity,
    change: delivery.change,
    object: watched ? objectOf(watched, task) : { id: delivery.object, name: name ?? null },
    changed: delivery.changed,
    count: delivery.count,
    first: new Date(delivery.first).toISOString(),
    last: new Date(delivery.last).toISOString(),
  });
}

function objectOf(watched: AnyEntity, task: PayloadFacts['task']): Record<string, unknown> {
  if (watched.kind === 'result') {
    const { id, status, duration, taskID, appID } = watched.entity;
    const app = task?.app ? { id: task.app.id, name: task.app.name } : appID ? { id: appID } : null;
    const ran = task ? { id: task.id, name: task.name } : { id: taskID };
    return { id, name: task?.name ?? null, task: ran, app, status, duration };
  }
  const { id, name = null, tags, customProperties } = watched.entity;
  const properties = Map.groupBy(customProperties, ({ definition }) => definition.name);
  return {
    id,
    name,
    ...(watched.kind === 'app' ? placeOf(watched.entity) : {}),
    tags: tags.map(tag => tag.name),
    properties: Object.fromEntries([...properties].map(([name, rows]) => [name, rows.map(row => row.value)])),
  };
}

function placeOf({ stream, owner }: Extract<AnyEntity, { kind: 'app' }>['entity']) {
  return {
    stream: stream?.name ?? null,
    owner: owner ? `${owner.userDirectory}\\${owner.userId}` : null,
  };
}

/**
 * A payload that is too long loses the lists of its object, the longest first, each marked in `object.shortened`.
 * What is left is valid, and has all keys.
 */
function fitted(
  payload: { object: Record<string, unknown> } & Record<string, unknown>,
): Record<string, unknown> {
  const longest = Object.entries(payload.object)
    .filter(([name]) => name !== 'id')
    .sort(([, one], [, other]) => size(other) - size(one));
  let whole: Record<string, unknown> = payload;
  for (let count = 1; size(whole) > LIMIT && count <= longest.length; count += 1) {
    const shorter = longest.slice(0, count).map(([name, value]) => [name, emptied(value)]);
    const shortened = longest.slice(0, count).map(([name]) => name);
    whole = { ...payload, object: { ...payload.object, ...Object.fromEntries(shorter), shortened } };
  }
  return whole;
}

function emptied(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  if (typeof value === 'string') return `${value.slice(0, 200)}…`;
  return value !== null && typeof value === 'object' ? {} : null;
}

/** In bytes or in characters, whichever is more: GitHub does not document which it counts. */
function size(value: unknown): number {
  const text = JSON.stringify(value) ?? '';
  return Math.max(Buffer.byteLength(text), text.length);
}
