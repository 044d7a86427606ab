import { didYouMean } from '../../base/nearest.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import { allProperties } from '../../qrs/properties.ts';
import { tagNames } from '../../qrs/tags.ts';
import type { Spec } from '../spec.ts';

/**
 * Finds conditions on a property, a value or a tag that the site lacks: most likely misspelt, they would hold back
 * every app for ever, or promote apps that must wait. Names on a selected app exist; the others are looked up. Resolves
 * to a sentence for each such condition. The run makes the tag of `done` itself, so that need not exist.
 */
export async function impossibleConditions(
  { when, done, to }: Spec,
  apps: readonly App[],
  source: Qrs,
): Promise<string[]> {
  const carried = carriedBy(apps);
  const wanted = Object.entries(when.properties).map(([name, { is, not }]) => ({
    name,
    values: [...is, ...not],
  }));
  const read =
    to.by === 'properties' && !apps.some(app => asks(app, to.server, to.stream))
      ? [to.server, to.stream]
      : [];
  const properties = [...wanted, ...read.map(name => ({ name, values: [] }))].filter(
    ({ name, values }) =>
      !carried.properties.has(name) || values.some(value => !carried.values.has(row(name, value))),
  );
  const tags = [...when.tags.has, ...when.tags.lacks].filter(
    name => name !== done.tag && !carried.tags.has(name),
  );
  return [
    ...(properties.length > 0 ? await unknownProperties(properties, carried, source) : []),
    ...(tags.length > 0 ? await unknownTags(tags, source) : []),
  ];
}

interface Carried {
  properties: ReadonlySet<string>;
  values: ReadonlySet<string>;
  tags: ReadonlySet<string>;
}

function carriedBy(apps: readonly App[]): Carried {
  const rows = apps.flatMap(({ customProperties }) => customProperties);
  return {
    properties: new Set(rows.map(({ definition }) => definition.name)),
    values: new Set(rows.map(({ definition, value }) => row(definition.name, value))),
    tags: new Set(apps.flatMap(({ tags }) => tags.map(({ name }) => name))),
  };
}

function row(property: string, value: string): string {
  return JSON.stringify([property, value]);
}

function asks({ customProperties }: App, server: string, stream: string): boolean {
  const has = (name: string) => customProperties.some(({ definition }) => definition.name === name);
  return has(server) && has(stream);
}

async function unknownProperties(
  wanted: readonly { name: string; values: readonly string[] }[],
  carried: Carried,
  source: Qrs,
): Promise<string[]> {
  const defined = new Map((await allProperties(source)).map(one => [one.name, one]));
  return wanted.flatMap(({ name, values }) => {
    const property = defined.get(name);
    if (!property) {
      if (carried.properties.has(name)) return [];
      const hint = didYouMean(name, [...defined.keys()]) || ' Define it in the QMC, for apps.';
      return [unknown(source, `custom property "${name}"`, hint)];
    }
    const { choiceValues } = property;
    return values.flatMap(value =>
      choiceValues.includes(value) || carried.values.has(row(name, value))
        ? []
        : [
            unknown(
              source,
              `value "${value}" of the custom property "${name}"`,
              didYouMean(value, choiceValues),
            ),
          ],
    );
  });
}

async function unknownTags(wanted: readonly string[], source: Qrs): Promise<string[]> {
  const names = await tagNames(source);
  const known = new Set(names);
  return wanted.flatMap(name =>
    known.has(name) ? [] : [unknown(source, `tag "${name}"`, didYouMean(name, names))],
  );
}

function unknown({ site }: Qrs, what: string, hint: string): string {
  return `Site "${site.name}" has no ${what}, or ${site.user} may not read it.${hint}`;
}
