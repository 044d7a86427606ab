import { randomUUID } from 'node:crypto';
import type { Entity, EntityType } from './entities.ts';
import { entityTypes } from './entities.ts';
import { mapOf } from './maps.ts';
import type { Change, ChangeType, Site } from './site.ts';

/** A past change, with the object as it was then. */
interface PastChange {
  readonly id: string;
  readonly type: EntityType;
  readonly changeType: ChangeType;
  readonly changeDate: string;
  readonly object: Pick<Entity, 'id' | 'createdDate' | 'modifiedDate' | 'modifiedByUserName' | 'schemaPath'>;
}

/** How many changes the site keeps; it forgets the oldest. */
const longest = 10_000;

/** The changes of the site; the entities that it has now count as added. */
export function createHistory(site: Site) {
  const past: PastChange[] = [];

  function add(changeType: ChangeType, entity: Entity, changeDate: string) {
    const { id, createdDate, modifiedDate, modifiedByUserName, schemaPath } = entity;
    const object = { id, createdDate, modifiedDate, modifiedByUserName, schemaPath };
    past.push({ id: randomUUID(), type: schemaPath, changeType, changeDate, object });
    if (past.length > longest) past.shift();
  }

  for (const type of entityTypes)
    for (const entity of mapOf(site, type).values()) add('Add', entity, entity.createdDate);

  return {
    note({ type, entity }: Change) {
      add(type, entity, type === 'Delete' ? site.now() : entity.modifiedDate);
    },
    /** Every change, or the newest of each entity (switch `changesSince`), the oldest first. */
    since(date: number, types: readonly EntityType[]): PastChange[] {
      const changes = past.filter(one => types.includes(one.type) && Date.parse(one.changeDate) >= date);
      if (site.switches.changesSince === 'each') return changes;
      const newest = new Map(changes.map(one => [one.object.id, one]));
      return changes.filter(one => newest.get(one.object.id) === one);
    },
  };
}

export type History = ReturnType<typeof createHistory>;
