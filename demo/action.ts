import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, quote, say } from './say.ts';
import { SITES, secretsOf } from './secrets.ts';
import type { DemoSite } from './site.ts';
import { readable } from './summary.ts';

/** What GitHub tells a workflow of a `repository_dispatch`. */
export interface WorkflowEvent {
  action: string;
  client_payload: Readonly<Record<string, unknown>>;
}

/** A log as GitHub shows it: a title for each group, `Error:` and `Warning:`, and no other workflow command. */
const shownBy = (log: string) =>
  log
    .replaceAll(/^::group::/gm, '▼ ')
    .replaceAll(/^::(error|warning)[^:]*::/gm, (_, kind) => (kind === 'error' ? 'Error: ' : 'Warning: '))
    .replaceAll(/^(::.*)?\n/gm, '');

/** Runs dist/index.js as the runner runs an action: inputs and files in the environment, workflow commands out. */
export async function runAction(
  folder: string,
  sites: readonly DemoSite[],
  inputs: Readonly<Record<string, string>>,
  { event, expected = 0 }: { event?: WorkflowEvent; expected?: number } = {},
): Promise<void> {
  const at = (name: string) => join(folder, name);
  mkdirSync(at('temp'), { recursive: true });
  for (const name of ['output', 'summary']) writeFileSync(at(name), '');
  writeFileSync(at('event.json'), JSON.stringify(event ?? {}));
  const action = spawn(process.execPath, [fileURLToPath(new URL('../dist/index.js', import.meta.url))], {
    env: {
      ...secretsOf(sites),
      INPUT_SITES: SITES,
      'INPUT_DRY-RUN': 'false',
      ...inputs,
      GITHUB_EVENT_NAME: event ? 'repository_dispatch' : 'workflow_dispatch',
      GITHUB_EVENT_PATH: at('event.json'),
      GITHUB_OUTPUT: at('output'),
      GITHUB_STEP_SUMMARY: at('summary'),
      GITHUB_ACTIONS: 'true',
      GITHUB_RUN_ID: '1',
      RUNNER_TEMP: at('temp'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let log = '';
  action.stdout.on('data', piece => {
    log += piece;
  });
  const [code] = await once(action, 'close');
  say("The action's log:");
  quote(shownBy(log));
  const outcome = /outcome<<\S+\r?\n(\S+)/.exec(readFileSync(at('output'), 'utf8'))?.[1];
  say(`  exit code ${code}, outputs: outcome=${outcome}`);
  say('The job summary:');
  quote(readable(readFileSync(at('summary'), 'utf8')));
  expect(`exit code ${expected}`, code === expected);
}
