import type { App } from '../../qrs/entities.ts';

/** What an app has besides its content. It is unknown whose values these are after a replace (docs/qrs.md 9). */
type Own = Pick<App, 'name' | 'description' | 'tags' | 'customProperties' | 'owner'>;
export type OwnField = keyof Own;

/**
 * A replaced app with its own name, text, tags, properties and owner. A field that `isForeign` says came from the other
 * app gets its value from `own`; every other field stays, because somebody may have edited it. Pure.
 */
export function withOwnFields(now: App, own: App, isForeign: (field: OwnField) => boolean): App {
  const lost = (field: OwnField) => !isSame(field, now, own) && isForeign(field);
  // Send no row id: a replace may have deleted the row.
  const rows = own.customProperties.map(({ value, definition }) => ({ value, definition }));
  return {
    ...now,
    ...(lost('name') ? { name: own.name } : {}),
    ...(lost('description') ? { description: own.description } : {}),
    ...(lost('tags') ? { tags: own.tags } : {}),
    ...(lost('customProperties') ? { customProperties: rows } : {}),
    ...(lost('owner') && own.owner ? { owner: own.owner } : {}),
  };
}

/** Whether two apps have the same value in a field, ignoring the order of tags and properties. Pure. */
export function isSame(field: OwnField, one: Own, other: Own): boolean {
  return fieldOf(field, one) === fieldOf(field, other);
}

function fieldOf(field: OwnField, app: Own): string | undefined {
  if (field === 'owner') return app.owner?.id;
  if (field === 'tags') return listOf(app.tags.map(({ id }) => id));
  if (field === 'customProperties')
    return listOf(
      app.customProperties.map(({ value, definition }) => JSON.stringify([definition.id, value])),
    );
  return app[field];
}

function listOf(values: readonly string[]): string {
  return JSON.stringify([...values].sort());
}
