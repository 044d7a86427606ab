import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peakMemory } from '../../test/peak-memory.ts';

/** The committed bundle, which is what a runner starts. */
export const ENTRY = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

/** How a site is reached; the credentials as text or as paths. */
interface Reached {
  url: string;
  certificate: string;
  key: string;
  ca: string;
}

export interface Ran {
  /** When the process was started, ms since 1970. */
  began: number;
  /** Ms to its end. */
  took: number;
  /** Highest resident set, MiB. */
  peak: number;
  /** Processor time of all its threads, ms; what it used after the last look, at most 20 ms before its end, is missing. */
  cpu: number;
  /** Characters of its log, and of its `result` output. */
  log: number;
  result: number;
}

const LOOK = 20;

/**
 * Promotes as a runner would, with nothing loaded into the process beside the action: a hook of ours would count
 * as its time and memory. Throws when the action fails, or leaves a file behind.
 */
export async function runAction(
  spec: unknown,
  sites: Readonly<Record<string, Reached>>,
  inputs: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'qrs-action-bench-'));
  const at = (name: string) => join(folder, name);
  try {
    await mkdir(at('temp'));
    for (const name of ['output', 'summary']) await writeFile(at(name), '');
    const reached = Object.entries(sites).map(([name, { url, certificate, key, ca }]) => [
      name,
      { url, certificate, key, ca },
    ]);
    const env = {
      // JSON is YAML.
      INPUT_PROMOTE: JSON.stringify(spec),
      INPUT_SITES: JSON.stringify(Object.fromEntries(reached)),
      ...inputs,
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: 'workflow_dispatch',
      GITHUB_OUTPUT: at('output'),
      GITHUB_STEP_SUMMARY: at('summary'),
      GITHUB_RUN_ID: '4711',
      RUNNER_TEMP: at('temp'),
    };
    const began = Date.now();
    const action = spawn(process.execPath, [ENTRY], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(action, 'close');
    let log = '';
    for (const stream of [action.stdout, action.stderr]) stream.on('data', piece => (log += piece));
    let peak = 0;
    let cpu = 0;
    const looking = setInterval(() => {
      peak = Math.max(peak, peakOf(action.pid));
      cpu = Math.max(cpu, cpuOf(action.pid));
    }, LOOK);
    const [code] = await ended.finally(() => clearInterval(looking));
    const took = Date.now() - began;
    if (code !== 0) throw new Error(`the action failed: ${complaints(log)}`);
    // The whole result stays, for the steps that follow.
    const left = (await readdir(at('temp'))).filter(name => !name.startsWith('qrs-action-result-'));
    if (left.length > 0) throw new Error(`the action left files: ${left.join(', ')}`);
    const result = /^result<<(\S+)\n([\s\S]*?)\n\1$/m.exec(readFileSync(at('output'), 'utf8'))?.[2] ?? '';
    return { began, took, peak, cpu, log: log.length, result: result.length };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** MiB. Linux keeps the highest value itself, so looking now and then is enough. 0 once the process has ended. */
function peakOf(pid: number | undefined): number {
  try {
    return pid === undefined ? 0 : peakMemory(pid) / 1024 / 1024;
  } catch {
    return 0;
  }
}

/** Linux counts in hundredths of a second; the name, which comes before, may hold blanks. */
export function cpuOf(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

function complaints(log: string): string {
  const errors = [...log.matchAll(/^::error::(.*)$/gm)].map(([, text]) => text);
  return errors.length > 0 ? errors.join(' ') : log.slice(-1000);
}
