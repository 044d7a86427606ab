import { messageOf, RemoteError } from '../../base/errors.ts';
import { type Finding, problem, warning } from '../../base/finding.ts';
import { likely } from '../../base/nearest.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { PropertyDefinition } from '../../qrs/entities.ts';
import { doubtAboutProperty, doubtAboutType } from '../../qrs/entity-types.ts';
import { allProperties } from '../../qrs/properties.ts';
import { tagNames } from '../../qrs/tags.ts';
import type { Subscription } from '../config/settings.ts';

/**
 * Whether the names in subscriptions are those of the site. QRS takes a misspelt one, and the subscription never
 * matches anything.
 */
export async function checkNames(qrs: Qrs, subscriptions: readonly Subscription[]): Promise<Finding[]> {
  const tagged = subscriptions.filter(({ when }) => when.tags.has.length > 0);
  const conditional = subscriptions.filter(({ when }) => Object.keys(when.properties).length > 0);
  const tags = tagged.length > 0 ? await readable(tagNames(qrs)) : [];
  const properties = conditional.length > 0 ? await readable(allProperties(qrs)) : [];
  const findings = subscriptions.flatMap(one =>
    [
      ...doubts(one).map(warning),
      ...(Array.isArray(properties) ? wrongProperties(one, properties) : []).map(problem),
      ...(Array.isArray(tags) ? absent('tag', one.when.tags.has, tags) : []).map(problem),
    ].map(
      ({ level, what }): Finding => ({
        level,
        what: `Site "${qrs.site.name}": subscription "${one.name}": ${what}`,
      }),
    ),
  );
  return [...findings, ...[tags, properties].flatMap(read => (Array.isArray(read) ? [] : [read]))];
}

function doubts({ entity, property }: Subscription): string[] {
  const found = [
    doubtAboutType(entity),
    property === undefined ? undefined : doubtAboutProperty(entity, property),
  ];
  return found.filter(doubt => doubt !== undefined);
}

function wrongProperties({ when }: Subscription, defined: readonly PropertyDefinition[]): string[] {
  const names = defined.map(({ name }) => name);
  const wrong = absent('custom property', Object.keys(when.properties), names);
  const values = defined.flatMap(({ name, choiceValues }) => {
    const wanted = when.properties[name]?.is ?? [];
    return choiceValues.length > 0 ? absent(`value of ${name}`, wanted, choiceValues) : [];
  });
  return [...wrong, ...values];
}

function absent(what: string, wanted: readonly string[], names: readonly string[]): string[] {
  return wanted
    .filter(name => !names.includes(name))
    .map(name => {
      const near = likely(name, names, 3).join(', ');
      return `there is no ${what} "${name}".${near === '' ? '' : ` The site has ${near}.`}`;
    });
}

/** What was read, or why it could not be. */
async function readable<T>(reading: Promise<T[]>): Promise<T[] | Finding> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return warning(messageOf(error));
  }
}
