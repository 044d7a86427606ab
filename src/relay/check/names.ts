import { messageOf, RemoteError } from '../../base/errors.ts';
import { type Finding, problem, warning } from '../../base/finding.ts';
import { mostSimilar } from '../../base/nearest.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { PropertyDefinition } from '../../qrs/entities.ts';
import { doubtAboutProperty, doubtAboutType } from '../../qrs/entity-types.ts';
import { allProperties } from '../../qrs/properties.ts';
import { tagNames } from '../../qrs/tags.ts';
import type { Subscription } from '../config/settings.ts';

/**
 * Checks the names in subscriptions against those of the site. QRS accepts a misspelt name, and then notifies nothing.
 */
export async function checkNames(qrs: Qrs, subscriptions: readonly Subscription[]): Promise<Finding[]> {
  const unread: Finding[] = [];
  const isTagged = subscriptions.some(({ when }) => when.tags.has.length > 0);
  const tags = isTagged ? await readable(tagNames(qrs), unread) : undefined;
  const isConditional = subscriptions.some(({ when }) => Object.keys(when.properties).length > 0);
  const properties = isConditional ? await readable(allProperties(qrs), unread) : undefined;
  const findings = subscriptions.flatMap(one => {
    const says = (what: string) => `Site "${qrs.site.name}": subscription "${one.name}": ${what}`;
    const wrong = [
      ...(properties ? wrongProperties(one, properties) : []),
      ...(tags ? absent('tag', one.when.tags.has, tags) : []),
    ];
    return [...doubts(one).map(what => warning(says(what))), ...wrong.map(what => problem(says(what)))];
  });
  return [...findings, ...unread];
}

function doubts({ entity, property }: Subscription): string[] {
  const ofProperty = property === undefined ? undefined : doubtAboutProperty(entity, property);
  return [doubtAboutType(entity), ofProperty].filter(doubt => doubt !== undefined);
}

function wrongProperties({ when }: Subscription, defined: readonly PropertyDefinition[]): string[] {
  const names = defined.map(({ name }) => name);
  const values = defined.flatMap(({ name, choiceValues }) =>
    choiceValues.length === 0
      ? []
      : absent(`value of ${name}`, when.properties[name]?.is ?? [], choiceValues),
  );
  return [...absent('custom property', Object.keys(when.properties), names), ...values];
}

function absent(what: string, wanted: readonly string[], names: readonly string[]): string[] {
  return wanted
    .filter(name => !names.includes(name))
    .map(name => {
      const near = mostSimilar(name, names, 3).join(', ');
      return `there is no ${what} "${name}".${near === '' ? '' : ` The site has ${near}.`}`;
    });
}

/** The result of a reading; undefined where it failed, with the reason added to `unread`. */
async function readable<T>(reading: Promise<T[]>, unread: Finding[]): Promise<T[] | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    unread.push(warning(messageOf(error)));
    return undefined;
  }
}
