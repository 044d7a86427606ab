import '../base/node-version.ts';

import { tmpdir } from 'node:os';
import { systemClock } from '../base/clock.ts';
import { problemsOf } from '../base/errors.ts';
import { gathering } from '../base/gather.ts';
import { holdYoungGeneration } from '../base/heap.ts';
import type { Report } from '../base/report.ts';
import { stopSignal } from '../base/stop-signal.ts';
import { readInputs } from '../entry/inputs.ts';
import { run, runName } from '../entry/run.ts';
import { failureReport, type Screen } from '../entry/screen.ts';
import { startedIn } from '../entry/started.ts';
import { type Commenting, readCommentToken, specName, writeComment } from './comment.ts';
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
  const gathered = gathering();
  const read = gathered.try(() =>
    readInputs(
      { value: inputOf, called },
      {
        environment: env,
        secret: screen.secret,
        warn: screen.warn,
        event: () => readEvent(env.GITHUB_EVENT_NAME, env.GITHUB_EVENT_PATH),
      },
    ),
  );
  const token = gathered.try(() => readCommentToken(inputOf));
  const inputs = gathered.end(read);
  if (token !== undefined) commenting = { token, spec: specName(inputs, env) };
  const report = await run(inputs, {
    screen,
    folder: env.RUNNER_TEMP || tmpdir(),
    run: runName(started, env.GITHUB_RUN_ATTEMPT),
    started,
    clock: systemClock,
    signal,
    ...(onRunner ? { acting: saveTraces } : {}),
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
  await screen.show(failureReport(problemsOf(error), startedIn(env)));
}
if (onRunner) saveEnd();
