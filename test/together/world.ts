import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import type { App } from '../../simulator/site/entities.ts';
import type { HandClock } from '../../simulator/site/hand-clock.ts';
import { handClock } from '../../simulator/site/hand-clock.ts';
import type { Moment } from '../../simulator/site/moments.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import { until } from './driver.ts';
import { type Actor, createActor, createGate, letRun } from './gate.ts';
import { noteVersions, type Versions } from './versions.ts';

export type SiteName = 'dev' | 'test' | 'prod';
export const SITES: readonly SiteName[] = ['dev', 'test', 'prod'];

/** What a schedule begins with. */
export interface Stage {
  readonly name: string;
  readonly data?: Partial<Record<SiteName, Partial<SiteData>>>;
  /** What its sites are like, whatever the weather. */
  readonly always?: SwitchesInput;
  /** What else is so before the runs begin. */
  readonly prepare?: (world: World) => void | Promise<void>;
}

/** What a schedule's sites are like. */
export interface Sky {
  readonly switches: SwitchesInput;
  /** Whether a run can know that what a target has is what the source has. */
  readonly certain: boolean;
}

export interface World {
  readonly clock: HandClock;
  readonly sites: Readonly<Record<SiteName, Simulator>>;
  /** For files that travel and backups. */
  readonly folder: string;
  readonly a: Actor;
  readonly b: Actor;
  /** Of all apps, as persons and the beginning made them. */
  readonly versions: Versions;
  /** Words of specs and what they stand for. */
  readonly words: Map<string, string>;
  /** Places that persons emptied, as `site/stream/name`. */
  readonly emptied: Set<string>;
  /** Ids of apps that persons deleted. */
  readonly deleted: Set<string>;
  /** To be called whenever a person changed something. */
  note(): void;
  moments(): Readonly<Record<SiteName, readonly Moment[]>>;
  /** Goes on until it is so. */
  until(done: () => boolean): Promise<void>;
  /** Whether an actor is held back, and nothing of it is under way any more. */
  isHeld(actor: Actor): boolean;
  stop(): Promise<void>;
}

const users = ['COMPANY\\anna', 'COMPANY\\bob'];

const usual: Record<SiteName, SiteData> = {
  dev: {
    users,
    streams: ['Build', 'Work', 'Live'],
    tags: ['Promoted', 'frozen', 'noted'],
    customProperties: {
      Approval: ['Approve', 'Deny'],
      ToServer: ['Test - Overwrite', 'Test - Duplicate', 'Prod - Overwrite'],
      ToStream: ['One', 'Two'],
    },
    apps: [
      {
        name: 'Sales',
        stream: 'Build',
        owner: 'COMPANY\\anna',
        description: 'Sales by region',
        size: '20 KB',
        properties: { Approval: 'Approve', ToServer: 'Test - Overwrite', ToStream: 'One' },
      },
    ],
  },
  test: { users, streams: ['One', 'Two'], tags: ['noted'], apps: [] },
  prod: { users, streams: ['One', 'Two'], tags: ['noted'], apps: [] },
};

/** Three sites on one clock, and two runs to come. */
export async function createWorld({
  data = {},
  switches,
  always = {},
  prepare,
}: Stage & Sky): Promise<World> {
  const clock = handClock();
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action-together-'));
  const [a, b] = [createActor('localhost'), createActor('127.0.0.1')];
  const gate = createGate([a, b]);
  const serve = (name: SiteName) =>
    startSimulator({
      name,
      clock,
      data: { ...usual[name], ...data[name] },
      switches: { ...switches, ...always },
      gate: visit => gate.pass(visit, name),
    });
  const sites = { dev: await serve('dev'), test: await serve('test'), prod: await serve('prod') };
  const versions: Versions = new Map();
  const note = () => {
    for (const name of SITES) noteVersions(sites[name], versions);
  };
  const world: World = {
    clock,
    sites,
    folder,
    a,
    b,
    versions,
    words: new Map([['FOLDER', folder]]),
    emptied: new Set(),
    deleted: new Set(),
    note,
    moments: () => ({
      dev: sites.dev.moments.all(),
      test: sites.test.moments.all(),
      prod: sites.prod.moments.all(),
    }),
    until: done => until(done, clock, gate.isBusy),
    isHeld: actor => actor.held.length > 0 && !gate.isBusy(),
    async stop() {
      for (const actor of [a, b]) letRun(actor, Number.POSITIVE_INFINITY);
      await Promise.all(SITES.map(name => sites[name].stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  note();
  await prepare?.(world);
  note();
  return world;
}

/** The first app that is published there; undefined when there is none. */
export function appIn({ site }: Simulator, stream: string): App | undefined {
  return site.apps.values().find(app => app.stream?.name === stream);
}
