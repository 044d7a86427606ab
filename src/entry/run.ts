import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Report } from '../base/report.ts';
import { check } from '../check/check.ts';
import type { Traces } from '../promote/after-kill.ts';
import type { StartedBy } from '../promote/credit.ts';
import { type EventApp, promote } from '../promote/promote.ts';
import type { Selector } from '../promote/selector.ts';
import { readSpec, type Spec } from '../promote/spec.ts';
import { reload } from '../reload/reload.ts';
import { readRequest } from '../reload/request.ts';
import type { Inputs } from './inputs.ts';
import type { Screen } from './screen.ts';

export interface Surroundings {
  screen: Screen;
  /** Where files are kept while they travel. */
  folder: string;
  /** Names this run, in stamps and in the names of working copies. */
  run: string;
  clock: Clock;
  signal: AbortSignal;
  started: StartedBy;
  /** The app of the event that started this run. Read only for a spec that promotes it. */
  event(): EventApp | undefined;
  /** Told before the run changes anything, so that somebody can tidy up after it was killed. */
  acting?: ((traces: Traces) => void) | undefined;
  /** The file for what sites answer to open questions, of a check. */
  report?: string | undefined;
  /** Promoted in place of the spec's apps. */
  app?: Selector | undefined;
}

/** Goes up when a key of `result` is renamed or removed, or means something else (docs/upgrading.md). */
const RESULT_VERSION = 1;

/** Does what was asked, whichever entry it came in by. Throws as the flows do. */
export async function run(inputs: Inputs, surroundings: Surroundings): Promise<Report> {
  const report = await flow(inputs, surroundings);
  const { id, url, actor } = surroundings.started;
  const run = Object.fromEntries(
    Object.entries({ id, url, actor }).filter(([, value]) => value !== undefined),
  );
  return { ...report, result: { ...report.result, version: RESULT_VERSION, run } };
}

async function flow({ ask, sites, dryRun, warnings }: Inputs, surroundings: Surroundings): Promise<Report> {
  const { screen, folder, run, started, clock, signal, acting, event, app } = surroundings;
  for (const warning of warnings) screen.warn(warning);
  const given = { sites, dryRun, folder, run, started, clock, signal, log: screen.log };
  if (ask.do === 'check') {
    const spec = ask.promote && withApp(readSpec(ask.promote), app);
    const request = ask.reload && readRequest(ask.reload);
    const asked = { names: ask.sites, spec, request, write: ask.write, report: surroundings.report };
    return check(asked, { ...given, event: spec && needsEvent(spec) ? event() : undefined });
  }
  if (ask.do === 'reload') return reload(readRequest(ask.reload), given);
  const spec = withApp(readSpec(ask.promote), app);
  return promote(spec, { ...given, acting, event: needsEvent(spec) ? event() : undefined });
}

function needsEvent({ apps }: Spec): boolean {
  return apps.some(({ by }) => by === 'event');
}

function withApp(spec: Spec, app: Selector | undefined): Spec {
  return app ? { ...spec, apps: [app] } : spec;
}

/**
 * A name that no other run has: not another attempt of this one either, nor one outside a workflow. It says to people
 * which run it was, and who started it.
 */
export function runName({ id = 'local', actor }: Partial<StartedBy>, attempt?: string): string {
  const by = actor?.replace(/[^A-Za-z0-9]+/g, '').slice(0, 40);
  return [id, attempt, by, randomBytes(3).toString('hex')].filter(Boolean).join('-');
}

interface Signals {
  on(name: 'SIGINT' | 'SIGTERM' | 'SIGBREAK', listener: () => void): unknown;
}

/**
 * Aborts when the process is asked to end. A runner sends SIGINT when a job is cancelled, SIGTERM 7.5 s later, and
 * ends the process after 10 s; Windows sends SIGBREAK for Ctrl-Break and has no SIGTERM. The first one stops the run
 * in order; the next ones change nothing, as everything is being wound up by then.
 */
export function stopSignal(source: Signals): AbortSignal {
  const stopped = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) source.on(name, () => stopped.abort());
  return stopped.signal;
}
