import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** act itself: .ci/act/run has put it there. */
const ACT = process.env.ACT ?? 'act';
/** No example takes longer; act is killed then. Ms. */
const LONGEST = 60_000;

export interface Job {
  /** The folder that is the repository, with its workflows. */
  repository: string;
  workflow: string;
  event: { name: string; payload: object };
  secrets: Readonly<Record<string, string>>;
  variables: Readonly<Record<string, string>>;
  /** In the environment of each step. */
  env: Readonly<Record<string, string>>;
  /** Folders that take the place of actions, by `owner/name@ref`. */
  actions: Readonly<Record<string, string>>;
}

export interface Run {
  succeeded: boolean;
  /** `success` or `failure` of each job that ran, by its id; a job that was skipped is absent. */
  jobs: Record<string, string>;
  /** The output `outcome` of each step of this action, in order. */
  outcomes: string[];
  /** What the steps wrote to the log, and to their summaries. */
  log: string;
}

const line = z.looseObject({
  msg: z.string().default(''),
  jobID: z.string().optional(),
  jobResult: z.string().optional(),
  command: z.string().optional(),
  name: z.string().optional(),
  arg: z.string().optional(),
  content: z.string().optional(),
});

/** Runs one workflow on this machine, without Docker, to its end. */
export async function runWorkflow(folder: string, job: Job): Promise<Run> {
  const own = mkdtempSync(join(folder, 'act-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(own, name), text);
    return join(own, name);
  };
  const options = [
    job.event.name,
    ...['--workflows', join('.github', 'workflows', job.workflow)],
    ...['--eventpath', file('event.json', JSON.stringify(job.event.payload))],
    ...['--secret-file', file('secrets', environment(job.secrets))],
    ...['--var-file', file('variables', environment(job.variables))],
    ...['--env-file', file('environment', environment(job.env))],
    ...['--input-file', file('inputs', '')],
    ...['self-hosted', 'windows', 'ubuntu-latest'].flatMap(label => ['--platform', `${label}=-self-hosted`]),
    ...Object.entries(job.actions).flatMap(([name, path]) => ['--local-repository', `${name}=${path}`]),
    ...['--action-cache-path', join(own, 'cache')],
    ...['--actor', 'octocat', '--action-offline-mode', '--no-cache-server', '--json'],
  ];
  const child = spawn(ACT, options, {
    cwd: job.repository,
    env: { PATH: job.env.PATH, HOME: own },
    timeout: LONGEST,
  });
  let written = '';
  let complaint = '';
  child.stdout.on('data', piece => (written += piece));
  child.stderr.on('data', piece => (complaint += piece));
  const code = await new Promise<number | null>((done, failed) => {
    child.on('error', failed);
    child.on('close', done);
  });
  return readRun(code === 0, written, complaint);
}

function readRun(succeeded: boolean, written: string, complaint: string): Run {
  const run: Run = { succeeded, jobs: {}, outcomes: [], log: '' };
  for (const text of written.split('\n').filter(one => one.startsWith('{'))) {
    const { msg, jobID, jobResult, command, name, arg, content } = line.parse(JSON.parse(text));
    if (jobID && jobResult) run.jobs[jobID] = jobResult;
    if (command === 'set-output' && name === 'outcome' && arg) run.outcomes.push(arg);
    run.log += content ?? `${msg.trimEnd()}\n`;
  }
  if (!succeeded && Object.keys(run.jobs).length === 0)
    throw new Error(`act ran no job:\n${run.log}${complaint}`);
  return run;
}

/** As a file of `NAME=value` lines. Double quotes keep lines, single ones everything but themselves. */
function environment(values: Readonly<Record<string, string>>): string {
  const quoted = (value: string) =>
    value.includes('\n') ? `"${value.replaceAll('\n', '\\n')}"` : `'${value}'`;
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join('');
}
