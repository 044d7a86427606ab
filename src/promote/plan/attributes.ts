import { didYouMean } from '../../base/nearest.ts';
import type { App, AppFields, PropertyDefinition, User } from '../../qrs/entities.ts';
import { isCalled } from '../../qrs/users.ts';
import type { Options } from '../options.ts';
import type { Names } from '../survey/facts.ts';
import { sourceInName } from '../working-copy.ts';

/** Owner, tags and custom properties that an app gets on a target, by the target's own ids. */
export interface Attributes {
  /** The name for a live app that still has the name of a working copy. */
  name?: string | undefined;
  owner: User | undefined;
  /** Without an id: made first. */
  tags: readonly { name: string; id: string | undefined }[];
  properties: readonly { definition: { id: string; name: string }; values: readonly string[] }[];
}

/** Finds the options' names on the target; a missing or forbidden one is a refusal. Pure. */
export function planAttributes(
  options: Options,
  facts: Names,
  site: string,
): { attributes: Attributes; refusals: string[] } {
  const refusals: string[] = [];
  const { owner: name } = options;
  const owner = name === undefined ? undefined : facts.users.find(user => isCalled(user, name));
  if (name !== undefined && !owner)
    refusals.push(
      `site "${site}" has no user ${name}.${didYouMean(name, facts.others.users) || ' Is it among the users in the QMC?'}`,
    );
  const tags = [...new Set(options.tags)].map(tag => ({
    name: tag,
    id: facts.tags.find(one => one.name === tag)?.id,
  }));
  const planned = planProperties(options.customProperties, facts, { site, type: 'App' });
  const attributes = { owner, tags, properties: planned.properties };
  return { attributes, refusals: [...refusals, ...planned.refusals] };
}

/** The type of entity that gets a custom property, as QRS writes it and as the QMC shows it. */
const TYPES = {
  App: { one: 'apps', tick: 'Apps' },
  ReloadTask: { one: 'reload tasks', tick: 'Reload tasks' },
} as const;

/** What a custom property is set for, and where. */
interface PropertyUse {
  site: string;
  type: keyof typeof TYPES;
}

/** Finds custom properties on the target; a missing or forbidden one is a refusal. Pure. */
export function planProperties(
  wanted: Options['customProperties'],
  facts: Pick<Names, 'properties' | 'others'>,
  use: PropertyUse,
): { properties: Attributes['properties']; refusals: string[] } {
  const refusals: string[] = [];
  const properties = Object.entries(wanted).flatMap(([property, values]) => {
    const definition = facts.properties.find(one => one.name === property);
    if (!definition) {
      const hint =
        didYouMean(property, facts.others.properties) || ` Define it in the QMC, for ${TYPES[use.type].one}.`;
      refusals.push(`site "${use.site}" has no custom property "${property}".${hint}`);
      return [];
    }
    refusals.push(...notAllowed(definition, values, use));
    return [{ definition: { id: definition.id, name: definition.name }, values }];
  });
  return { properties, refusals };
}

function notAllowed(
  { name, objectTypes, choiceValues }: PropertyDefinition,
  values: readonly string[],
  { site, type: wanted }: PropertyUse,
) {
  const refusals: string[] = [];
  const property = `custom property "${name}" of site "${site}"`;
  if (!objectTypes.some(type => type.toLowerCase() === wanted.toLowerCase()))
    refusals.push(
      `${property} is not for ${TYPES[wanted].one}. Tick ${TYPES[wanted].tick} as its resource type in the QMC.`,
    );
  for (const value of values) {
    if (!choiceValues.includes(value)) {
      const near = didYouMean(value, choiceValues) || ` It allows ${choiceValues.join(', ')}.`;
      refusals.push(`${property} does not allow "${value}".${near}`);
    }
  }
  return refusals;
}

/** The app with its attributes: tags are added, a named property's values are replaced, the rest stays. Pure. */
export function withAttributes(app: App, attributes: Attributes): App {
  if (lackingAttributes(app, attributes).length === 0) return app;
  const { name: proper, owner, tags, properties } = attributes;
  const added = tags.filter(tag => !app.tags.some(({ name }) => name === tag.name));
  const rows = app.customProperties.filter(
    row => !properties.some(({ definition }) => definition.name === row.definition.name),
  );
  const given = properties.flatMap(({ definition, values }) => values.map(value => ({ value, definition })));
  return {
    ...app,
    ...(proper !== undefined && sourceInName(app.name) !== undefined ? { name: proper } : {}),
    ...(owner ? { owner: referenceTo(owner) } : {}),
    tags: [...app.tags, ...added.flatMap(({ id, name }) => (id === undefined ? [] : [{ id, name }]))],
    customProperties: [...rows, ...given],
  };
}

/** A user as an app refers to one: QRS describes fewer fields there than a user has (docs/qrs.md 4.7). */
function referenceTo({ id, userDirectory, userId }: User): NonNullable<App['owner']> {
  return { id, userDirectory, userId };
}

/** Phrases for the attributes that an app lacks. Pure. */
export function lackingAttributes(
  app: AppFields,
  { name: proper, owner, tags, properties }: Attributes,
): string[] {
  const lacking: string[] = [];
  if (proper !== undefined && sourceInName(app.name) !== undefined)
    lacking.push('has the name of a working copy');
  if (owner && app.owner?.id !== owner.id)
    lacking.push(`is not owned by ${owner.userDirectory}\\${owner.userId}`);
  for (const { name } of tags) {
    if (!app.tags.some(tag => tag.name === name)) lacking.push(`lacks the tag "${name}"`);
  }
  for (const { definition, values } of properties) {
    const has = app.customProperties
      .filter(row => row.definition.name === definition.name)
      .map(row => row.value);
    const same = has.length === values.length && values.every(value => has.includes(value));
    if (!same) lacking.push(`has other values of the custom property "${definition.name}"`);
  }
  return lacking;
}
