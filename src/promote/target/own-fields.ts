import type { App } from '../../qrs/entities.ts';

/** What an app has beside its content, and what nobody knows of a replace: whose it is after that (docs/qrs.md 9). */
type Own = Pick<App, 'name' | 'description' | 'tags' | 'customProperties' | 'owner'>;
export type OwnField = keyof Own;

/**
 * A replaced app with its own name, text, tags, properties and owner. A field in which `isForeign` finds that of a
 * giver gets the value that it has in `own`; every other field stays, as somebody may have edited it. Pure.
 */
export function withOwnFields(now: App, own: App, isForeign: (field: OwnField) => boolean): App {
  const lost = (field: OwnField) => !isSame(field, now, own) && isForeign(field);
  // A row's id goes with the row, which a replace may have deleted.
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

/** Whether two apps have the same in a field; the order of tags and properties does not count. Pure. */
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
