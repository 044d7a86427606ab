import type { Entity } from '../site/entities.ts';
import { entityTypes } from '../site/entities.ts';
import { mapOf } from '../site/maps.ts';
import type { Change, Site } from '../site/site.ts';
import { full } from './render.ts';

/** The entities as lists show them: with the switch `shownLate`, lists show each change only after a while. */
export function createPictures(site: Site) {
  const pictures = new Map<string, object>();
  const pictureOf = (entity: Entity): object => structuredClone(full(entity));
  for (const type of entityTypes)
    for (const entity of mapOf(site, type).values()) pictures.set(entity.id, pictureOf(entity));

  return {
    note({ type, entity }: Change) {
      const { shownLate } = site.switches;
      if (type === 'Delete') pictures.delete(entity.id);
      else if (shownLate === 0 || type === 'Add') pictures.delete(entity.id);
      else {
        const picture = pictureOf(entity);
        site.later(shownLate, () => pictures.set(entity.id, picture));
      }
    },
    /** The entity as it was before its last change, if lists still show it so. */
    before(entity: Entity): object | undefined {
      return site.switches.shownLate > 0 ? pictures.get(entity.id) : undefined;
    },
  };
}

export type Pictures = ReturnType<typeof createPictures>;
