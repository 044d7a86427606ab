import type { App, AppObject } from './entities.ts';

/** All objects of a site, by id and by app: with 25,000 apps, a search through all objects for each app is too slow. */
export class ObjectMap extends Map<string, AppObject> {
  readonly #byApp = new Map<App, Set<AppObject>>();

  of(app: App): ReadonlySet<AppObject> {
    return this.#byApp.get(app) ?? new Set();
  }

  override set(id: string, object: AppObject): this {
    this.delete(id);
    const others = this.#byApp.get(object.app);
    if (others) others.add(object);
    else this.#byApp.set(object.app, new Set([object]));
    return super.set(id, object);
  }

  override delete(id: string): boolean {
    const object = this.get(id);
    if (!object) return false;
    const others = this.#byApp.get(object.app);
    others?.delete(object);
    if (others?.size === 0) this.#byApp.delete(object.app);
    return super.delete(id);
  }
}
