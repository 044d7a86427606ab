import { z } from 'zod';
import { closed } from '../base/yaml.ts';

/** What an app, or another entity, must be like to be dealt with. Everything that is said must be met. */
export interface When {
  published?: boolean | undefined;
  /** Each property must have one of its values. */
  properties: Readonly<Record<string, readonly string[]>>;
  tags: { has: readonly string[]; lacks: readonly string[] };
}

const text = z.string().min(1, 'must not be empty');
const some = z.union(
  [text.transform(value => [value]), z.array(text).min(1, 'must name at least one value')],
  {
    error: 'must be a value or a list of values',
  },
);

/** What conditions look at: an app is one. */
export interface Conditioned {
  published?: boolean | undefined;
  customProperties: readonly { value: string; definition: { name: string } }[];
  tags: readonly { name: string }[];
}

/** The keys of `when`, as promotion specs and relay subscriptions write them. */
export const whenKeys = {
  published: z.boolean().optional(),
  properties: z.record(text, some, { error: 'must be a mapping of properties to values' }).default({}),
  tags: closed({ has: z.array(text).default([]), lacks: z.array(text).default([]) }).prefault({}),
};

export const whenSchema = closed(whenKeys);

/** Why it does not meet the conditions; a phrase each, none when it does. Pure. */
export function unmet(when: When, entity: Conditioned): string[] {
  const reasons: string[] = [];
  if (when.published !== undefined && entity.published !== when.published) {
    reasons.push(when.published ? 'it is not published' : 'it is published');
  }
  for (const [name, wanted] of Object.entries(when.properties)) {
    // Name and value must be of one row: a filter of QRS could not tell (docs/qrs.md 3).
    const values = entity.customProperties.filter(row => row.definition.name === name).map(row => row.value);
    if (values.some(value => wanted.includes(value))) continue;
    const has = values.length > 0 ? `"${values.join('", "')}"` : 'empty';
    reasons.push(`its property ${name} is ${has}, not ${wanted.map(value => `"${value}"`).join(' or ')}`);
  }
  const tags = entity.tags.map(tag => tag.name);
  for (const name of when.tags.has) if (!tags.includes(name)) reasons.push(`it lacks the tag "${name}"`);
  for (const name of when.tags.lacks) if (tags.includes(name)) reasons.push(`it has the tag "${name}"`);
  return reasons;
}
