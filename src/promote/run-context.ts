import { abortedAfter } from '../base/deadline.ts';
import { type Limiter, limiter } from '../base/limit.ts';
import { sharedRead } from '../base/shared-read.ts';
import { appsInReload } from '../qrs/apps/reloading.ts';
import type { Qrs } from '../qrs/connection.ts';
import { makeStream } from '../qrs/streams.ts';
import { makeTag } from '../qrs/tags.ts';
import type { Site } from '../sites/site.ts';
import type { Plan } from './plan/planned.ts';
import type { Spec } from './spec.ts';

/** The time for clean-up on a target after a failure, ms. A rollback uploads the old apps again. */
const CLEAN_UP = 60_000;
const ROLL_BACK = 3_600_000;
/** The time for clean-up after a cancellation: the runner ends the process after ten seconds. */
const CLEAN_UP_WHEN_CANCELLED = 6_500;

/** What an execution needs from its caller. */
export interface Execution {
  source: Qrs;
  /** The connection to a site; the same one for each call. */
  open: (site: Site) => Qrs;
  /** The folder for app files on their way. */
  folder: string;
  /** The folder for script logs of failed reloads. */
  logs: string;
  /** Names this run: in files, stamps and the names of working copies. */
  run: string;
  /** Who promotes, for the stamps: `run <link>, by anna`. */
  credit: string;
  /** Called when a replace begins and ends to read a working copy, with the copy's name. */
  giving: (copy: string, now: boolean) => void;
}

/** What all apps of a run share on one site. */
export interface SiteContext {
  target: Qrs;
  /** The id of the stream or tag of that name; made once if the site has none. */
  streamId: (name: string) => Promise<string>;
  tagId: (name: string) => Promise<string>;
  /**
   * Limits what is heavy work for the site: to make a working copy, to export a backup, to reload. An app that waits
   * for answers, or for another run, needs no slot.
   */
  slot: Limiter;
  /** The apps that are being reloaded, by id. */
  reloading: () => Promise<Set<string>>;
}

/** What all apps of a run share. */
export interface RunContext extends Execution {
  spec: Spec;
  /** The source site under a signal that lets clean-up end after a cancellation. */
  lateSource: Qrs;
  /** Limits how many apps are exported at a time. */
  exports: Limiter;
  /** The id of `done.tag` on the source site; made once if the site has none. */
  sourceTag: (name: string) => Promise<string>;
  on: (site: Site) => SiteContext;
  /** The signal for clean-up, which outlives a cancellation by a few seconds. */
  cleanUp: (rollback: boolean) => AbortSignal;
}

export function runContext(plan: Plan, spec: Spec, execution: Execution): RunContext {
  const { source, open } = execution;
  const late = abortedAfter(source.signal, CLEAN_UP_WHEN_CANCELLED);
  const known = plan.apps.map(({ done }) => done.tag).find(tag => tag?.id !== undefined);
  return {
    ...execution,
    spec,
    lateSource: source.under(late),
    exports: limiter(source.site.concurrency),
    sourceTag: once(async name => known?.id ?? (await makeTag(source, name)).id),
    on: once(site => {
      const target = open(site);
      return {
        target,
        slot: limiter(site.concurrency),
        reloading: sharedRead(() => appsInReload(target)),
        streamId: once(async name => (await makeStream(target, name)).id),
        tagId: once(async name => (await makeTag(target, name)).id),
      };
    }),
    cleanUp: rollback => AbortSignal.any([late, AbortSignal.timeout(rollback ? ROLL_BACK : CLEAN_UP)]),
  };
}

/** Makes the value for each key once, and shares it between all apps. */
function once<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return key => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}
