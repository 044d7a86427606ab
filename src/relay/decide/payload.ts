import type { AnyEntity } from '../../qrs/any-entity.ts';
import type { Task } from '../../qrs/tasks.ts';
import type { Delivery } from '../store/delivery.ts';

/** GitHub takes 65,535; it does not say of what, characters or bytes, so we stay well below (docs/github.md). */
const LIMIT = 60_000;

interface Told {
  delivery: Delivery;
  /** Undefined for what was deleted. */
  watched: AnyEntity | undefined;
  /** Of an execution result; undefined when it is gone. */
  task: Pick<Task, 'id' | 'name' | 'app'> | undefined;
  /** As it was last read; undefined for what was never seen. */
  name: string | undefined;
}

/** What a workflow gets as `client_payload`: ten keys, as many as GitHub allows. Pure. */
export function payloadOf({ delivery, watched, task, name }: Told): Record<string, unknown> {
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

function objectOf(watched: AnyEntity, task: Told['task']): Record<string, unknown> {
  if (watched.kind === 'app') {
    const { id, name, stream, owner, tags, customProperties } = watched.entity;
    return {
      id,
      name,
      stream: stream?.name ?? null,
      owner: owner ? `${owner.userDirectory}\\${owner.userId}` : null,
      tags: tags.map(tag => tag.name),
      properties: propertiesOf(customProperties),
    };
  }
  if (watched.kind === 'result') {
    const { id, status, duration, taskID, appID } = watched.entity;
    const app = task?.app ? { id: task.app.id, name: task.app.name } : appID ? { id: appID } : null;
    return {
      id,
      name: task?.name ?? null,
      task: task ? { id: task.id, name: task.name } : { id: taskID },
      app,
      status,
      duration,
    };
  }
  const { id, name, tags, customProperties } = watched.entity;
  return {
    id,
    name: name ?? null,
    tags: tags.map(tag => tag.name),
    properties: propertiesOf(customProperties),
  };
}

function propertiesOf(
  rows: readonly { value: string; definition: { name: string } }[],
): Record<string, string[]> {
  const names = [...new Set(rows.map(row => row.definition.name))];
  return Object.fromEntries(
    names.map(name => [name, rows.filter(row => row.definition.name === name).map(row => row.value)]),
  );
}

/**
 * A payload that is too long loses the lists of its object, the longest first, each marked in `object.shortened`.
 * What is left is valid, and has all keys.
 */
function fitted(
  payload: { object: Record<string, unknown> } & Record<string, unknown>,
): Record<string, unknown> {
  const shortened: string[] = [];
  let object = payload.object;
  const all = () => ({ ...payload, object: shortened.length > 0 ? { ...object, shortened } : object });
  while (size(all()) > LIMIT) {
    const longest = Object.entries(object)
      .filter(([name]) => name !== 'id' && !shortened.includes(name))
      .sort(([, one], [, other]) => size(other) - size(one))[0];
    if (!longest) break;
    const [name, value] = longest;
    shortened.push(name);
    object = { ...object, [name]: emptied(value) };
  }
  return all();
}

function emptied(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  if (typeof value === 'string') return `${value.slice(0, 200)}…`;
  return value !== null && typeof value === 'object' ? {} : null;
}

/** Bytes and characters: whichever is more, as nobody says which of the two counts. */
function size(value: unknown): number {
  const text = JSON.stringify(value) ?? '';
  return Math.max(Buffer.byteLength(text), text.length);
}
