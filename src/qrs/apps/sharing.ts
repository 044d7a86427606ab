import type { AppFields, Stream } from '../entities.ts';

/**
 * Has apps share what they have in common. One app in fifty streams has one name, one description and one owner, and
 * QRS sends them fifty times. Kept as often, they would take most of the memory of a large survey. The function changes
 * the app that it gets: a copy of each would double the work.
 */
export function sharing(): (app: AppFields) => AppFields {
  const text = firstOf((one: string) => one);
  const stream = firstOf(({ id }: Stream) => id);
  const owner = firstOf(({ id }: Owner) => id);
  return app => {
    app.name = text(app.name);
    app.modifiedByUserName = text(app.modifiedByUserName);
    app.description = text(app.description);
    app.lastReloadTime = text(app.lastReloadTime);
    app.stream = app.stream && stream(app.stream);
    app.owner = app.owner && owner(app.owner);
    if (app.tags.length === 0) app.tags = NONE;
    if (app.customProperties.length === 0) app.customProperties = NONE;
    return app;
  };
}

type Owner = NonNullable<AppFields['owner']>;
const NONE: never[] = [];

/** Gives the first value of each key in place of all later ones. */
function firstOf<T>(keyOf: (one: T) => string): (one: T) => T {
  const known = new Map<string, T>();
  return one => {
    const key = keyOf(one);
    const first = known.get(key);
    if (first === undefined) known.set(key, one);
    return first ?? one;
  };
}
