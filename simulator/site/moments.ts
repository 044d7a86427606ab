import { objectsOf } from './app-objects.ts';
import { hasData, originOf } from './content.ts';
import type { App, Entity } from './entities.ts';
import { fullUserName } from './entities.ts';
import type { Change, Site } from './site.ts';

/** A published app as users see it. */
export interface Shown {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly stream: string;
  readonly owner: string;
  /** Identifies the uploaded or generated content; copies, replaces and reloads keep it. */
  readonly content: string;
  readonly hasData: boolean;
  /** The versions of its base objects, by their ids in the engine. */
  readonly base: Readonly<Record<string, string>>;
}

/** The apps that users saw from this time until the next moment. */
export interface Moment {
  /** Milliseconds since 1970, by the site's clock. */
  readonly at: number;
  readonly shown: readonly Shown[];
}

/** The apps that changed together, by id; undefined for an app that users no longer see. */
interface Step {
  readonly at: number;
  readonly apps: ReadonlyMap<string, Shown | undefined>;
}

/** How many moments the site keeps; it forgets the oldest. */
const longest = 10_000;

/** What users have seen of published apps since the site began. */
export function createMoments(site: Site) {
  const changed = new Set<App>();
  const start = { at: site.clock.now(), apps: new Map<string, Shown>() };
  const now = new Map<string, string>();
  const steps: Step[] = [];

  for (const app of site.apps.values()) {
    const shown = shownOf(site, app);
    if (!shown) continue;
    start.apps.set(app.id, shown);
    now.set(app.id, JSON.stringify(shown));
  }

  /** A verb changes the app and its objects one after the other; users see only the end of it. */
  function settle() {
    const apps = new Map([...changed].filter(differs).map(app => [app.id, shownOf(site, app)]));
    changed.clear();
    if (apps.size === 0) return;
    steps.push({ at: site.clock.now(), apps });
    const oldest = steps.length > longest ? steps.shift() : undefined;
    if (!oldest) return;
    start.at = oldest.at;
    take(start.apps, oldest);
  }

  function differs(app: App): boolean {
    const text = JSON.stringify(shownOf(site, app));
    const before = now.get(app.id);
    if (text === undefined) now.delete(app.id);
    else now.set(app.id, text);
    return text !== before;
  }

  return {
    note({ entity }: Change) {
      const app = appOf(entity);
      if (!app) return;
      if (changed.size === 0) queueMicrotask(settle);
      changed.add(app);
    },
    /** Every moment, the oldest first; changes made together are one moment. */
    all(): Moment[] {
      settle();
      const apps = new Map(start.apps);
      const moments = [{ at: start.at, shown: [...apps.values()] }];
      for (const step of steps) {
        take(apps, step);
        moments.push({ at: step.at, shown: [...apps.values()] });
      }
      return moments;
    },
  };
}

function take(into: Map<string, Shown>, { apps }: Step) {
  for (const [id, shown] of apps) {
    if (shown) into.set(id, shown);
    else into.delete(id);
  }
}

function appOf(entity: Entity): App | undefined {
  if (entity.schemaPath === 'App') return entity;
  return entity.schemaPath === 'App.Object' ? entity.app : undefined;
}

function shownOf(site: Site, app: App): Shown | undefined {
  if (!site.apps.has(app.id) || !app.published || !app.stream) return undefined;
  const base = objectsOf(site, app).filter(({ approved }) => approved);
  return {
    id: app.id,
    name: app.name,
    description: app.description,
    stream: app.stream.name,
    owner: fullUserName(app.owner),
    content: originOf(app.content),
    hasData: hasData(app.content),
    base: Object.fromEntries(base.map(({ engineObjectId, version }) => [engineObjectId, version])),
  };
}
