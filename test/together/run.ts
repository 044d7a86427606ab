import type { Report } from '../../src/base/report.ts';
import { promote } from '../../src/promote/promote.ts';
import { readSpec } from '../../src/promote/spec.ts';
import { keepingLog, siteOf } from '../sites-for-tests.ts';
import { clockOn } from './driver.ts';
import type { Actor } from './gate.ts';
import { appIn, SITES, type SiteName, type World } from './world.ts';

/** A place that a run is asked to fill. */
export interface Want {
  readonly site: SiteName;
  readonly stream: string;
  readonly name: string;
}

export interface Run {
  /** Words in capitals stand for what `World.words` says. */
  readonly spec: string;
  /** Where the app is that it promotes, by default on dev in Build. */
  readonly about?: { readonly site: SiteName; readonly stream: string };
  readonly wants: readonly Want[];
  readonly mode: 'overwrite' | 'duplicate';
  readonly tag?: string;
  /** In whose name it calls the sites, when not in the usual one. */
  readonly user?: string;
}

/** How many moments each site had. */
type Stand = Readonly<Record<SiteName, number>>;

interface Ended {
  readonly report: Report | undefined;
  readonly error: Error | undefined;
  readonly to: Stand;
}

/** A run that was started, and what it is about. */
export interface Started {
  readonly run: Run;
  readonly actor: Actor;
  /** The id of its app. */
  readonly app: string;
  /** Which version of it there was when the run began. */
  readonly version: number;
  readonly from: Stand;
  readonly log: readonly string[];
  ended: Ended | undefined;
}

function stand(world: World): Stand {
  const { dev, test, prod } = world.moments();
  return { dev: dev.length, test: test.length, prod: prod.length };
}

/** Starts a run; the actor's limit says how far it goes. `again`: about the app of an earlier run. */
export function start(world: World, run: Run, actor: Actor, again?: Started): Started {
  const { site = 'dev', stream = 'Build' } = run.about ?? {};
  const app = again?.app ?? appIn(world.sites[site], stream)?.id ?? '';
  const log = keepingLog();
  const version = (world.versions.get(app)?.length ?? 0) - 1;
  const started: Started = { run, actor, app, version, from: stand(world), log: log.lines, ended: undefined };
  const text = [...world.words].reduce((spec, [word, meaning]) => spec.replaceAll(word, meaning), run.spec);
  const ended = (report: Report | undefined, error: Error | undefined) => {
    started.ended = { report, error, to: stand(world) };
  };
  promote(readSpec({ from: 'promote', text }), {
    sites: SITES.map(name => {
      const given = siteOf(name, world.sites[name]);
      const url = given.url.replace('localhost', actor.host);
      return { ...given, url, user: run.user ?? given.user };
    }),
    event: { id: app, site: undefined },
    dryRun: false,
    folder: world.folder,
    run: `run-${actor.runs++}-of-${actor === world.a ? 'a' : 'b'}`,
    clock: clockOn(world.clock),
    signal: new AbortController().signal,
    log,
  }).then(
    report => ended(report, undefined),
    (error: Error) => ended(undefined, error),
  );
  return started;
}

/** All that a run said. */
export function wordsOf({ ended, log }: Started): string {
  const { report, error } = ended ?? {};
  return [...(report?.failures ?? []), ...(report?.warnings ?? []), error?.message ?? '', ...log].join('\n');
}

export const outcomeOf = ({ ended }: Started) => ended?.report?.outcome ?? 'failed';
