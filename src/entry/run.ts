import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Report } from '../base/report.ts';
import { check } from '../check/check.ts';
import type { Traces } from '../promote/after-kill.ts';
import type { StartedBy } from '../promote/credit.ts';
import { promote } from '../promote/promote.ts';
import { reload } from '../reload/reload.ts';
import type { Inputs } from './inputs.ts';
import type { Screen } from './screen.ts';
import { signed } from './started.ts';

export interface Surroundings {
  screen: Screen;
  /** The folder for app files on their way. */
  folder: string;
  /** Names this run, in stamps and in the names of working copies. */
  run: string;
  clock: Clock;
  signal: AbortSignal;
  started: StartedBy;
  /** Called before the run changes anything, so that a later step can tidy up if the run is killed. */
  acting?: ((traces: Traces) => void) | undefined;
  /** For a check: the file for the sites' answers to open questions. */
  report?: string | undefined;
}

/** Does what the user asked for, through any entry. Throws as the flows do. */
export async function run(inputs: Inputs, surroundings: Surroundings): Promise<Report> {
  return signed(await flow(inputs, surroundings), surroundings.started);
}

async function flow({ ask, sites, dryRun }: Inputs, surroundings: Surroundings): Promise<Report> {
  const { screen, folder, run, started, clock, signal, acting, report } = surroundings;
  const around = { sites, dryRun, folder, run, started, clock, signal, log: screen.log };
  if (ask.do === 'reload') return reload(ask.request, around);
  const { spec, event } = ask;
  if (ask.do === 'promote') return promote(ask.spec, { ...around, acting, event });
  const { sites: names, request, write } = ask;
  return check({ names, spec, request, write, report }, { ...around, event });
}

/**
 * A unique name for the run: other attempts of the same run, and runs outside workflows, have other names. It shows
 * people which run it was, and who started it.
 */
export function runName({ id = 'local', actor }: Partial<StartedBy>, attempt?: string): string {
  const by = actor?.replace(/[^A-Za-z0-9]+/g, '').slice(0, 40);
  return [id, attempt, by, randomBytes(3).toString('hex')].filter(Boolean).join('-');
}
