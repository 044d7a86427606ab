import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import { type HandClock, handClock } from '../../simulator/site/hand-clock.ts';
import type { Visit } from '../../simulator/wire/serve-request.ts';
import type { Site } from '../../src/sites/site.ts';
import { siteOf } from '../sites-for-tests.ts';
import { until } from '../together/driver.ts';
import { allWaysIn, HEADER_VALUE, PASSWORD, siteThrough, USERS, type Way } from '../ways-in.ts';
import { putOnHand } from './hand-time.ts';

const SITE_NAMES = ['dev', 'test', 'prod'] as const;
export type SiteName = (typeof SITE_NAMES)[number];
export const siteNamed = (text: string | undefined) => SITE_NAMES.find(name => name === text);

/** The sites of a case, all on one clock that only the case moves. */
export interface World {
  readonly clock: HandClock;
  site(name: SiteName): Simulator;
  /** The sites that the scenario has. */
  readonly names: readonly SiteName[];
  /** As the product knows them. */
  readonly known: readonly Site[];
  readonly folder: string;
  readonly cancel: AbortController;
  /** Whether the fault of the case goes on. */
  lasting: boolean;
  /** Whether a request has met that fault. */
  isMet: boolean;
  /**
   * Whether a site carries out late what it has answered by an error. QRS takes no key by which it would know a second
   * request for the first, so what is started or made by such a request can be there twice in the end.
   */
  late: boolean;
  /** Words of a spec, and what stands for them. */
  readonly words: Map<string, string>;
  /** Goes on until it is so, and moves the clock whenever nothing else happens. */
  until(done: () => boolean): Promise<void>;
  /** Lets so much time pass, with all that is due in it. */
  pass(milliseconds: number): Promise<void>;
  endSessions(): void;
  /** What nobody may ever see. */
  readonly secrets: readonly string[];
  stop(): Promise<void>;
}

export type Sites = Partial<Record<SiteName, SiteData>>;

export async function createWorld(data: Sites, way: Way = 'certificate'): Promise<World> {
  const clock = handClock();
  const back = putOnHand(clock);
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action-faults-'));
  const visits = new Set<Visit>();
  const names = (['dev', 'test', 'prod'] as const).filter(name => data[name]);
  const serve = (name: SiteName) =>
    startSimulator({
      name,
      clock,
      data: { ...data[name], users: [...USERS, ...(data[name]?.users ?? [])] },
      gate: async visit => void visits.add(visit),
    });
  const served = new Map<SiteName, Simulator>();
  for (const name of names) served.set(name, await serve(name));
  const sites = (name: SiteName) => served.get(name) ?? assert.fail(`the scenario has no site ${name}`);
  const proxies =
    way === 'certificate' ? [] : await Promise.all(names.map(name => proxied(name, sites(name))));
  const isBusy = () => true;
  return {
    clock,
    site: sites,
    names,
    known:
      way === 'certificate'
        ? names.map(name => siteOf(name, sites(name)))
        : proxies.map(({ site }) => site(way)),
    folder,
    cancel: new AbortController(),
    lasting: false,
    isMet: false,
    late: false,
    words: new Map([['FOLDER', folder]]),
    until: done => until(done, clock, isBusy),
    async pass(milliseconds) {
      let over = false;
      clock.later(milliseconds, () => {
        over = true;
      });
      await until(() => over, clock, isBusy);
    },
    secrets: [PASSWORD, HEADER_VALUE],
    endSessions: () => {
      for (const { proxy } of proxies) proxy.endSessions();
    },
    async stop() {
      await Promise.all(proxies.map(({ proxy }) => proxy.stop()));
      await Promise.all([...served.values()].map(site => site.stop()));
      rmSync(folder, { recursive: true, force: true });
      back();
    },
  };
}

async function proxied(name: SiteName, simulator: Simulator) {
  const proxy = await allWaysIn(simulator);
  return { proxy, site: (way: Way) => siteThrough(name, way, { simulator, proxy }) };
}
