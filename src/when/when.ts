import * as z from 'zod';
import { closed } from '../base/yaml.ts';

/** What an app, or another entity, must be like to be dealt with. Everything that is said must be met. */
export interface When {
  published?: boolean | undefined;
  /** Each property must have one of the values of `is`, where that names any, and none of `not`. */
  properties: Readonly<Record<string, Wanted>>;
  tags: { has: readonly string[]; lacks: readonly string[] };
}

export interface Wanted {
  is: readonly string[];
  not: readonly string[];
}

const text = z.string().min(1, 'must not be empty');
const list = z.array(text).min(1, 'must name at least one value');
const some = z.union([text.transform(value => [value]), list], {
  error: 'must be a value or a list of values',
});
const wanted = z
  .union(
    [
      text,
      list,
      closed({
        is: some.default([]).describe('The property must have one of these values.'),
        not: some.default([]).describe('The property must have none of these values.'),
      }).refine(({ is, not }) => is.length + not.length > 0, 'must say what it is, or is not'),
    ],
    { error: 'must be a value, a list of values, or is: … and not: …' },
  )
  .transform((given): Wanted => {
    if (typeof given === 'string') return { is: [given], not: [] };
    return Array.isArray(given) ? { is: given, not: [] } : given;
  });

/** What conditions look at: an app is one. */
export interface Conditioned {
  published?: boolean | undefined;
  customProperties: readonly { value: string; definition: { name: string } }[];
  tags: readonly { name: string }[];
}

/** The keys of `when`, as promotion specs and relay subscriptions write them. */
export const whenKeys = {
  published: z.boolean().optional().describe('true: it must be published. false: it must not.'),
  properties: z
    .record(text, wanted, { error: 'must be a mapping of properties to values' })
    .default({})
    .describe('Values that custom properties must have: by property, one value, a list, or { is, not }.'),
  tags: closed({
    has: z.array(text).default([]).describe('It must have all of these tags.'),
    lacks: z.array(text).default([]).describe('It must have none of these tags.'),
  })
    .prefault({})
    .describe('Conditions on its tags.'),
};

export const whenSchema = closed(whenKeys);

/** Why it does not meet the conditions; a phrase each, none when it does. Pure. */
export function unmet(when: When, entity: Conditioned): string[] {
  const reasons: string[] = [];
  if (when.published !== undefined && entity.published !== when.published) {
    reasons.push(when.published ? 'it is not published' : 'it is published');
  }
  for (const [name, wanted] of Object.entries(when.properties)) {
    const reason = propertyUnmet(name, wanted, entity);
    if (reason !== undefined) reasons.push(reason);
  }
  const tags = entity.tags.map(tag => tag.name);
  for (const name of when.tags.has) if (!tags.includes(name)) reasons.push(`it lacks the tag "${name}"`);
  for (const name of when.tags.lacks) if (tags.includes(name)) reasons.push(`it has the tag "${name}"`);
  return reasons;
}

function propertyUnmet(name: string, { is, not }: Wanted, entity: Conditioned): string | undefined {
  // Name and value must be of one row: a filter of QRS could not tell (docs/qrs.md 3).
  const values = entity.customProperties.filter(row => row.definition.name === name).map(row => row.value);
  const unwanted = values.filter(value => not.includes(value));
  if (unwanted.length > 0) return `its property ${name} is ${quoted(unwanted, ', ')}`;
  if (is.length === 0 || values.some(value => is.includes(value))) return undefined;
  const has = values.length > 0 ? quoted(values, ', ') : 'empty';
  return `its property ${name} is ${has}, not ${quoted(is, ' or ')}`;
}

function quoted(values: readonly string[], between: string): string {
  return values.map(value => `"${value}"`).join(between);
}
