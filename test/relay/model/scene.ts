import type { App } from '../../../simulator/site/entities.ts';
import { act } from './act.ts';
import type { Call } from './gateway.ts';
import { type Asked, entry, type Plan } from './plans.ts';
import type { SiteName } from './sites.ts';
import type { Step } from './steps.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

/** A world for a scenario that is told, rather than walked. */
export interface Scene {
  world: World;
  /** Lets these happen, one after the other. */
  happen(...steps: Step[]): Promise<void>;
  pass(ms: number): Promise<void>;
  now(): number;
  /** Dispatches that GitHub took, as `subscription: name`. */
  told(): string[];
  taken(): Call[];
  app(site: SiteName, index: number): App;
  /** Lines of the relay's log that match. */
  said(pattern: RegExp): string[];
  close(): Promise<void>;
}

export async function scene(options: WorldOptions = {}): Promise<Scene> {
  const world = await createWorld(1, options);
  await world.start();
  const { calls } = world.book;
  const taken = () => calls.filter(call => call.taken);
  return {
    world,
    happen: async (...steps) => {
      for (const step of steps) await act(world, step);
      await world.traffic.settled();
    },
    pass: ms => world.hours.pass(ms),
    now: world.hours.now,
    told: () =>
      taken().map(({ payload }) => `${payload.subscription}: ${payload.object.name ?? payload.object.id}`),
    taken,
    app: (site, index) => {
      const app = world.appsOf(site)[index];
      if (!app) throw new Error(`site ${site} has no app number ${index}`);
      return app;
    },
    said: pattern => world.lines().filter(line => pattern.test(line)),
    close: () => world.stop(),
  };
}

/** Subscriptions of site dev, each to the repository of its name. */
export const plan = (...asked: (Partial<Asked> & { name: string })[]): Plan => ({
  dev: 'dev',
  subscriptions: asked.map(one =>
    entry({ site: 'dev', repository: `acme/${one.name}`, ...one }, one.site ?? 'dev'),
  ),
});

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export const anna = (app = 0, site: SiteName = 'dev'): Step => ({
  do: 'edit',
  site,
  app,
  who: 'anna',
  approve: true,
});
export const own = (app = 0, site: SiteName = 'dev'): Step => ({
  do: 'edit',
  site,
  app,
  who: 'own',
  approve: true,
});
