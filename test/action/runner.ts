import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Simulator } from '../../simulator/server.ts';

/** What the runner would see of one step. */
export interface Step {
  code: number | null;
  /** Everything printed, workflow commands included. */
  log: string;
  outputs: Record<string, string>;
  summary: string;
  /** Left in RUNNER_TEMP. */
  files: string[];
  /** The texts of all files left behind, and of the files that the runner reads. */
  written: string;
  /** Highest resident set of the process, MiB. */
  peak: number;
  /** What the post step printed, and what it left in RUNNER_TEMP. */
  post: { log: string; files: string[] };
}

export interface StepOptions {
  inputs: Record<string, string>;
  event?: { name: string; payload: unknown };
  env?: Record<string, string>;
  /** No file that the process writes may be larger, MiB. */
  largestFile?: number;
  /** Called once the process runs, for instance to cancel it. */
  meanwhile?: (action: ChildProcess, log: () => string) => Promise<void>;
  /** Runs the post step as well, as the runner does after any end of the main step. */
  post?: boolean;
}

const PEAK = fileURLToPath(new URL('peak.mjs', import.meta.url));
const POST = fileURLToPath(new URL('../../dist/post/index.js', import.meta.url));
const ENTRY = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

/** Where compiled code is kept from start to start, which saves each of hundreds of steps a third of its time. */
const { NODE_COMPILE_CACHE } = process.env;
const COMPILED = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };

/** Runs the committed bundle as the runner starts a JavaScript action: a process, files and an environment. */
export async function runStep({
  inputs,
  event,
  env = {},
  largestFile,
  meanwhile,
  post = false,
}: StepOptions): Promise<Step> {
  const folder = await mkdtemp(join(tmpdir(), 'qrs-action-step-'));
  const at = (name: string) => join(folder, name);
  try {
    await mkdir(at('temp'));
    for (const name of ['output', 'summary', 'state']) await writeFile(at(name), '');
    await writeFile(at('event.json'), JSON.stringify(event?.payload ?? {}));
    const given = {
      ...Object.fromEntries(
        Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: event?.name ?? 'workflow_dispatch',
      GITHUB_EVENT_PATH: at('event.json'),
      GITHUB_OUTPUT: at('output'),
      GITHUB_STEP_SUMMARY: at('summary'),
      GITHUB_STATE: at('state'),
      GITHUB_RUN_ID: '4711',
      GITHUB_RUN_ATTEMPT: '1',
      RUNNER_TEMP: at('temp'),
      PEAK_FILE: at('peak'),
      ...COMPILED,
      ...env,
    };
    const command = [process.execPath, '--import', PEAK, ENTRY];
    const limits = largestFile === undefined ? command : limited(largestFile, command);
    const { code, log } = await runProcess(limits, { cwd: folder, env: given }, meanwhile);
    const step = {
      code,
      log,
      outputs: parseOutputs(await readFile(at('output'), 'utf8')),
      summary: await readFile(at('summary'), 'utf8'),
      files: await readdir(at('temp')),
      written: await writtenBelow(folder),
      // A process that is killed does not say.
      peak: Number(await readFile(at('peak'), 'utf8').catch(() => 0)) / 1024,
    };
    if (!post) return { ...step, post: { log: '', files: step.files } };
    const state = Object.entries(parseOutputs(await readFile(at('state'), 'utf8')));
    const saved = Object.fromEntries(state.map(([name, value]) => [`STATE_${name}`, value]));
    const after = await runProcess([process.execPath, POST], { cwd: folder, env: { ...given, ...saved } });
    return { ...step, post: { log: after.log, files: await readdir(at('temp')) } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Waits for what a step brings about, a minute at most. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 3000 && !condition(); turn += 1) await wait(20);
  assert.ok(condition(), 'did not come to pass');
}

async function runProcess(
  [program = '', ...args]: readonly string[],
  options: { cwd: string; env: Record<string, string> },
  meanwhile?: StepOptions['meanwhile'],
): Promise<{ code: number | null; log: string }> {
  const action = spawn(program, args, options);
  let log = '';
  for (const stream of [action.stdout, action.stderr]) stream.on('data', piece => (log += piece));
  const ended = once(action, 'close');
  await meanwhile?.(action, () => log);
  const [code] = await ended;
  return { code, log };
}

/** But for what the runner itself has written. */
async function writtenBelow(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter(entry => entry.isFile() && entry.name !== 'event.json');
  const texts = await Promise.all(files.map(entry => readFile(join(entry.parentPath, entry.name), 'latin1')));
  return texts.join('\n');
}

/** The same in a shell's limits: a write beyond is an error (EFBIG), as one on a full disk is. */
function limited(megabytes: number, command: readonly string[]): string[] {
  return ['/bin/bash', '-c', `ulimit -f ${megabytes * 1024}; exec "$@"`, 'bash', ...command];
}

/** `name<<delimiter`, the value's lines, `delimiter`. */
function parseOutputs(text: string): Record<string, string> {
  const found = text.matchAll(/^(?<name>[\w-]+)<<(?<end>\S+)\r?\n(?<value>[\s\S]*?)\r?\n\k<end>$/gm);
  return Object.fromEntries([...found].map(({ groups }) => [groups?.name ?? '', groups?.value ?? '']));
}

/** The `sites` input and the environment with the secrets that it names. */
export function sitesInput(simulators: Record<string, Simulator>): {
  sites: string;
  env: Record<string, string>;
} {
  const env: Record<string, string> = {};
  const sites = Object.entries(simulators).map(([name, { url, certificate, key, ca }]) => {
    const upper = name.toUpperCase();
    Object.assign(env, { [`${upper}_CERT`]: certificate, [`${upper}_KEY`]: key, [`${upper}_CA`]: ca });
    return `${name}:\n  url: ${url}\n  certificate: \${${upper}_CERT}\n  key: \${${upper}_KEY}\n  ca: \${${upper}_CA}\n`;
  });
  return { sites: sites.join(''), env };
}
