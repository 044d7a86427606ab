import '../base/node-version.ts';

import { tmpdir } from 'node:os';
import { systemClock } from '../base/clock.ts';
import { problemsOf } from '../base/errors.ts';
import { holdYoungGeneration } from '../base/heap.ts';
import type { Report } from '../base/report.ts';
import { readInputs } from '../entry/inputs.ts';
import { run, runName, stopSignal } from '../entry/run.ts';
import { failureReport, type Screen } from '../entry/screen.ts';
import { startedIn } from '../entry/started.ts';
import { type Commenting, readCommenting, writeComment } from './comment.ts';
import { readEvent } from './event.ts';
import { called, inputsIn } from './input.ts';
import { localScreen, runnerScreen } from './runner.ts';
import { saveEnd, saveTraces } from './traces.ts';

const { env } = process;

let commenting: Commenting | undefined;

async function keep(report: Report): Promise<void> {
  const say = { notice: (text: string) => screen.notice(text), warning: (text: string) => screen.warn(text) };
  if (commenting) await writeComment(commenting, report, env, say);
}

async function main(screen: Screen, signal: AbortSignal): Promise<void> {
  holdYoungGeneration();
  const started = startedIn(env);
  const inputOf = inputsIn(env);
  if (inputOf('github-token') !== '') screen.secret(inputOf('github-token'));
  const inputs = readInputs({ value: inputOf, called }, env, screen.secret);
  commenting = readCommenting(inputOf, inputs, env);
  const report = await run(inputs, {
    screen,
    folder: env.RUNNER_TEMP || tmpdir(),
    run: runName(started, env.GITHUB_RUN_ATTEMPT),
    started,
    clock: systemClock,
    signal,
    ...(onRunner ? { acting: saveTraces } : {}),
    event: () => readEvent(env.GITHUB_EVENT_NAME, env.GITHUB_EVENT_PATH),
  });
  if (report.outcome === 'failed') process.exitCode = 1;
  await screen.show(report);
}

const onRunner = env.GITHUB_ACTIONS === 'true';
const screen = onRunner ? runnerScreen(env, keep) : localScreen(env, keep);
try {
  await main(screen, stopSignal(process));
} catch (error) {
  process.exitCode = 1;
  await screen.show(failureReport(problemsOf(error)));
}
if (onRunner) saveEnd();
