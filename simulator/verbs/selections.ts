import { z } from 'zod';
import { stored } from '../shown/render-parts.ts';
import type { Entity } from '../site/entities.ts';
import { entityTypes, isTrigger } from '../site/entities.ts';
import type { ListType } from '../site/maps.ts';
import { mapOf } from '../site/maps.ts';
import type { Selection } from '../site/selection.ts';
import { json, nothing, Refusal } from './answers.ts';
import type { Call } from './call.ts';
import { found, idOf, readBody } from './call.ts';
import type { Among } from './lists.ts';
import { select } from './lists.ts';

const body = z.object({
  items: z.array(z.object({ type: z.string(), objectID: z.guid().toLowerCase() })),
});

/** A selection of the entities that a client names (docs/qrs.md 4.6). */
export function createSelection(call: Call) {
  const { items } = readBody(call, body);
  return choose(
    call,
    items.map(({ type, objectID }) => found(mapOf(call.site, typeNamed(type)).get(objectID))),
  );
}

/** A selection of all entities of a type that meet the filter. */
export const selectAll = (type: ListType) => (call: Call) => choose(call, select(call, type));

function typeNamed(name: string) {
  const type = entityTypes.find(one => one.toLowerCase() === name.toLowerCase());
  if (!type) throw new Refusal(400, `Unknown type: ${name}`);
  return type;
}

function choose({ site, user }: Call, entities: readonly Entity[]) {
  const selection: Selection = {
    ...site.stored(user),
    schemaPath: 'Selection',
    items: entities.map(entity => ({
      ...site.stored(user),
      schemaPath: 'SelectionItem',
      type: entity.schemaPath,
      objectID: entity.id,
      objectName: 'name' in entity ? entity.name : '',
    })),
  };
  site.selections.set(selection.id, selection);
  return json(201, shown(selection));
}

const shown = (selection: Selection) => ({
  ...stored(selection),
  items: selection.items.map(({ type, objectID, objectName, ...item }) => ({
    ...stored(item),
    type,
    objectID,
    objectName,
  })),
  privileges: null,
});

const selectionOf = (call: Call) => found(call.site.selections.get(idOf(call, 'selection')));

export const readSelection = (call: Call) => json(200, shown(selectionOf(call)));

export function deleteSelection(call: Call) {
  call.site.selections.delete(selectionOf(call).id);
  return nothing;
}

/** The selected entities, and the triggers of selected tasks. */
export const selected: Among = call => {
  const ids = new Set(selectionOf(call).items.map(({ objectID }) => objectID));
  return entity => ids.has(entity.id) || (isTrigger(entity) && ids.has(entity.task.id));
};

/** Deletes the selected entities of a type, not the selection. */
export const deleteSelected = (type: ListType, remove: (call: Call) => unknown) => (call: Call) => {
  for (const { id } of select(call, type, selected)) remove({ ...call, segments: new Map([['id', id]]) });
  return nothing;
};
