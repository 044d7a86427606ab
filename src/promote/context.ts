import { abortedAfter } from '../base/deadline.ts';
import { type Limiter, limiter } from '../base/limit.ts';
import type { Qrs } from '../qrs/connection.ts';
import { makeStream } from '../qrs/streams.ts';
import { makeTag } from '../qrs/tags.ts';
import type { Site } from '../sites/sites.ts';
import type { Plan, TargetPlan } from './plan/planned.ts';
import type { Spec } from './spec.ts';

/** Time to put a target in order after a failure. Ms. */
const CLEAN_UP = 60_000;
/** With a rollback, the old apps are uploaded again. */
const ROLL_BACK = 3_600_000;
/** The same once the job is cancelled, from that moment: the runner ends the process after ten seconds. */
const CLEAN_UP_WHEN_CANCELLED = 6_500;

export interface Execution {
  source: Qrs;
  open: (site: Site) => Qrs;
  /** Where files are kept while they travel. */
  folder: string;
  /** Where script logs of failed reloads are kept. */
  logs: string;
  /** Names this run. */
  run: string;
  /** Told when a replace begins, and no longer, to read a working copy, by name. */
  giving: (copy: string, now: boolean) => void;
  /** What stamps say of it. */
  credit: string;
}

/** What all apps of a run share on one site. */
interface SiteContext {
  /** Limits the apps that are being placed there at a time. */
  slot: Limiter;
  streamId: (name: string) => Promise<string>;
  tagId: (name: string) => Promise<string>;
}

/** What all apps of a run share. */
export interface Context extends Execution {
  spec: Spec;
  /** Limits the exports at a time. */
  exports: Limiter;
  sourceTag: (name: string) => Promise<string>;
  on: (site: Site) => SiteContext;
  cleanUp: (target: TargetPlan) => () => AbortSignal;
}

export function contextOf(plan: Plan, spec: Spec, execution: Execution): Context {
  const { source, open } = execution;
  const sites = new Map<Site, SiteContext>();
  const late = abortedAfter(source.signal, CLEAN_UP_WHEN_CANCELLED);
  const known = plan.apps.map(({ done }) => done.tag).find(tag => tag?.id !== undefined);
  return {
    ...execution,
    spec,
    exports: limiter(source.site.concurrency),
    sourceTag: once(async name => known?.id ?? (await makeTag(source, name)).id),
    on: site => {
      const context = sites.get(site) ?? {
        slot: limiter(site.concurrency),
        streamId: once(async name => (await makeStream(open(site), name)).id),
        tagId: once(async name => (await makeTag(open(site), name)).id),
      };
      sites.set(site, context);
      return context;
    },
    cleanUp:
      ({ options }) =>
      () =>
        AbortSignal.any([late, AbortSignal.timeout(options.rollback ? ROLL_BACK : CLEAN_UP)]),
  };
}

/** Asks once for each name: several apps that need the same get the same. */
function once(make: (name: string) => Promise<string>): (name: string) => Promise<string> {
  const made = new Map<string, Promise<string>>();
  return name => {
    const known = made.get(name) ?? make(name);
    made.set(name, known);
    return known;
  };
}
