import { z } from 'zod';
import type { EntityType, User } from '../site/entities.ts';
import type { Site } from '../site/site.ts';
import type { Labelled, PropertyRow } from '../site/stored.ts';
import { Refusal } from './answers.ts';
import { known, reference } from './references.ts';

/** Tags and custom properties in a body; the lists sent replace the stored ones (docs/qrs.md 4.6). */
export const labelsBody = {
  tags: z.array(reference).nullish(),
  customProperties: z.array(z.object({ value: z.string().max(1024), definition: reference })).nullish(),
};

type LabelsBody = z.infer<z.ZodObject<typeof labelsBody>>;

/** The labels that a body gives to an entity of that type; `before` is the entity if it is not new. */
export function labelsOf(
  site: Site,
  type: EntityType,
  body: LabelsBody,
  by: User,
  before?: Labelled,
): Pick<Labelled, 'tags' | 'customProperties'> {
  const rows = (body.customProperties ?? []).map(({ value, definition: { id } }): PropertyRow => {
    const definition = known(site.customProperties.get(id), 'custom property');
    if (!definition.choiceValues.includes(value)) throw new Refusal(400, `Not a choice value: ${value}`);
    if (!definition.objectTypes.includes(type))
      throw new Refusal(400, `The custom property is not for the type ${type}`);
    const kept = before?.customProperties.find(row => row.definition === definition && row.value === value);
    return kept ?? { ...site.stored(by), schemaPath: 'CustomPropertyValue', value, definition };
  });
  return {
    tags: (body.tags ?? []).map(({ id }) => known(site.tags.get(id), 'tag')),
    customProperties: rows,
  };
}
