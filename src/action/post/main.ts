import '../../base/node-version.ts';

import { systemClock } from '../../base/clock.ts';
import { problemsOf } from '../../base/errors.ts';
import { readInputs } from '../../entry/inputs.ts';
import type { Screen } from '../../entry/screen.ts';
import { tidyUp } from '../../promote/after-kill.ts';
import { called, inputsIn } from '../input.ts';
import { runnerScreen } from '../runner.ts';
import { savedTraces } from '../traces.ts';

/** What comes after the main step: nothing, unless that was killed before it could put things in order. */
async function post(screen: Screen): Promise<void> {
  const traces = savedTraces();
  if (!traces) return;
  const { sites } = readInputs(
    { value: inputsIn(process.env), called },
    { environment: process.env, secret: screen.secret },
  );
  const { log } = screen;
  for (const sentence of await tidyUp(traces, sites, { clock: systemClock, log })) screen.warn(sentence);
}

const screen = runnerScreen(process.env);
try {
  await post(screen);
} catch (error) {
  for (const { text } of problemsOf(error)) screen.warn(text);
}
