import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { systemClock } from '../base/clock.ts';
import { InputError, messageOf } from '../base/errors.ts';
import { holdYoungGeneration } from '../base/heap.ts';
import { promote } from '../promote/promote.ts';
import { readSpec } from '../promote/spec.ts';
import { reload } from '../reload/reload.ts';
import { readRequest } from '../reload/request.ts';
import { readEvent } from './event.ts';
import { readInputs } from './inputs.ts';
import { masking, runnerLog, show, showFailure, warn } from './runner.ts';

async function main(signal: AbortSignal): Promise<void> {
  holdYoungGeneration();
  const { env } = process;
  const { ask, sites, dryRun, warnings } = readInputs(env, masking());
  for (const warning of warnings) warn(warning);
  for (const { name, insecure } of sites) {
    if (insecure) warn(`Site "${name}": certificates are not checked (insecure: true).`);
  }
  const given = {
    sites,
    dryRun,
    folder: env.RUNNER_TEMP || tmpdir(),
    run: runName(env.GITHUB_RUN_ID, env.GITHUB_RUN_ATTEMPT),
    clock: systemClock,
    signal,
    log: runnerLog,
  };
  if ('reload' in ask) await show(await reload(readRequest(ask.reload), given));
  else {
    const spec = readSpec(ask.promote);
    const byEvent = spec.apps.some(({ by }) => by === 'event');
    const event = byEvent ? readEvent(env.GITHUB_EVENT_NAME, env.GITHUB_EVENT_PATH) : undefined;
    await show(await promote(spec, { ...given, event }));
  }
}

/** Unlike any other run's, also on another attempt or outside a workflow. */
function runName(id: string | undefined, attempt: string | undefined): string {
  return [id ?? 'local', attempt, randomBytes(3).toString('hex')].filter(Boolean).join('-');
}

/**
 * The runner sends SIGINT when a job is cancelled, SIGTERM 7.5 s later, and ends the process after 10 s. The
 * first one stops the run in order; the second one changes nothing, as everything is being wound up by then.
 */
function cancellation(): AbortSignal {
  const cancelled = new AbortController();
  const cancel = () => cancelled.abort();
  process.on('SIGINT', cancel);
  process.on('SIGTERM', cancel);
  return cancelled.signal;
}

try {
  await main(cancellation());
} catch (error) {
  await showFailure(error instanceof InputError ? error.problems : [messageOf(error)]);
}
