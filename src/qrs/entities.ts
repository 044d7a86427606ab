import * as z from 'zod';
import { maybe, or, reference } from './shape.ts';

/**
 * The fields of QRS's entities that this client reads. Other fields stay in the object: an entity is sent back whole,
 * and QRS may reset a missing field (docs/qrs.md 4.3). Null counts as missing where a field is optional.
 */
export const named = z.looseObject({ id: z.guid(), name: z.string() });

export const propertyValueSchema = z.looseObject({ value: z.string(), definition: named });
export const propertyDefinitionSchema = z.looseObject({
  ...named.shape,
  choiceValues: or(z.array(z.string()), []),
  objectTypes: or(z.array(z.string()), []),
});
export const userSchema = z.looseObject({ id: z.guid(), userDirectory: z.string(), userId: z.string() });

const appFields = {
  id: z.guid(),
  name: z.string(),
  createdDate: z.string().default(''),
  modifiedDate: z.string(),
  modifiedByUserName: z.string().nullish(),
  published: z.boolean(),
  publishTime: z.string().nullish(),
  stream: reference(named),
  description: z.string().nullish(),
  tags: z.array(named).nullish(),
  customProperties: z.array(propertyValueSchema).nullish(),
  owner: reference(z.looseObject({ id: z.string(), userDirectory: z.string(), userId: z.string() })),
  fileSize: maybe(z.number()),
  lastReloadTime: z.string().nullish(),
};

/** Gives optional fields their defaults. A schema of its own for each of them would double the time to read an app. */
function withDefaults<T extends z.infer<z.ZodObject<typeof appFields>>>(app: T) {
  return {
    ...app,
    modifiedByUserName: app.modifiedByUserName ?? '',
    description: app.description ?? '',
    tags: app.tags ?? [],
    customProperties: app.customProperties ?? [],
    lastReloadTime: app.lastReloadTime ?? '',
  };
}

export const appSchema = z.looseObject(appFields).transform(withDefaults);
/** The fields that are named here, alone: a survey reads a hundred thousand apps, and uses nothing else of them. */
export const surveyedAppSchema = z.object(appFields).transform(withDefaults);

export type Stream = z.infer<typeof named>;
export type Tag = z.infer<typeof named>;
export type PropertyDefinition = z.infer<typeof propertyDefinitionSchema>;
export type User = z.infer<typeof userSchema>;
export type App = z.infer<typeof appSchema>;
/** An app as a survey reads it. It cannot be sent back: an App has all that the site says of it. */
export interface AppFields extends z.infer<typeof surveyedAppSchema> {}

/** `DESCRIPTION_LIMIT` characters at most; a longer text is refused (docs/qrs.md 4.7). */
export const DESCRIPTION_LIMIT = 512;
