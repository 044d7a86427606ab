import { z } from 'zod';
import { RemoteError } from '../base/errors.ts';
import type { Qrs } from './connection.ts';

/**
 * What QRS stores, as far as it is read here. Fields that are not named stay in the object: an entity is sent
 * back whole, and one left out may be defaulted (docs/qrs.md 4.3).
 */
const named = z.looseObject({ id: z.guid(), name: z.string() });

export const streamSchema = named;
export const tagSchema = named;
const propertyValueSchema = z.looseObject({ value: z.string(), definition: named });
export const propertyDefinitionSchema = z.looseObject({
  ...named.shape,
  choiceValues: z
    .array(z.string())
    .nullish()
    .transform(values => values ?? []),
  objectTypes: z
    .array(z.string())
    .nullish()
    .transform(types => types ?? []),
});
export const userSchema = z.looseObject({ id: z.guid(), userDirectory: z.string(), userId: z.string() });

export const appSchema = z.looseObject({
  id: z.guid(),
  name: z.string(),
  createdDate: z.string().default(''),
  modifiedDate: z.string(),
  modifiedByUserName: z.string().default(''),
  published: z.boolean(),
  publishTime: z.string().optional(),
  stream: named.nullish(),
  description: z
    .string()
    .nullish()
    .transform(text => text ?? ''),
  tags: z.array(named).default([]),
  customProperties: z.array(propertyValueSchema).default([]),
  owner: z.looseObject({ id: z.string(), userDirectory: z.string(), userId: z.string() }).nullish(),
  fileSize: z.number().optional(),
  lastReloadTime: z.string().default(''),
});

export type Stream = z.infer<typeof streamSchema>;
export type Tag = z.infer<typeof tagSchema>;
export type PropertyDefinition = z.infer<typeof propertyDefinitionSchema>;
export type User = z.infer<typeof userSchema>;
export type App = z.infer<typeof appSchema>;

/** `DESCRIPTION_LIMIT` characters at most; a longer text is refused (docs/qrs.md 4.7). */
export const DESCRIPTION_LIMIT = 512;

/** Checks an answer's shape; one that does not fit is the site's fault and said so. */
export function checked<T>(schema: z.ZodType<T>, qrs: Qrs, attempt: string, answer: unknown): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new RemoteError({
    site: qrs.site.name,
    attempt,
    answer: `the answer does not have the expected shape (${issue?.path.join('.')}: ${issue?.message})`,
    mayBeDone: true,
    final: false,
  });
}
