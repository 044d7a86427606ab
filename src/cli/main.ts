#!/usr/bin/env node

import '../base/node-version.ts';

import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { parseEnv } from 'node:util';
import { systemClock } from '../base/clock.ts';
import type { Environment } from '../base/environment.ts';
import { InputError, messageOf, problemsOf } from '../base/errors.ts';
import { gathering } from '../base/gather.ts';
import { holdYoungGeneration } from '../base/heap.ts';
import { readText } from '../base/read-text.ts';
import type { Report } from '../base/report.ts';
import { stopSignal } from '../base/stop-signal.ts';
import { VERSION } from '../base/version.ts';
import type { InputName } from '../entry/given.ts';
import { readInputs } from '../entry/inputs.ts';
import { plainScreen } from '../entry/plain.ts';
import { run, runName } from '../entry/run.ts';
import { failureReport, type Screen } from '../entry/screen.ts';
import { startedIn } from '../entry/started.ts';
import { summaryOf } from '../entry/summary.ts';
import type { Selector } from '../promote/selector.ts';
import { type CliArguments, type CliPage, readArguments, UsageError } from './arguments.ts';
import { maskingIn } from './mask.ts';
import { schemaOf } from './schemas.ts';

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function main(args: CliArguments, screen: Screen, signal: AbortSignal): Promise<Report> {
  holdYoungGeneration();
  const gathered = gathering();
  const variables = args.envFiles.map(file => gathered.try(() => variablesOf(file)));
  const environment = { ...Object.assign({}, ...variables), ...process.env };
  const started = startedIn(process.env);
  const given = {
    value: (name: InputName) => inputOf(args, name),
    called: (name: InputName) => calledIn(args, name),
  };
  const app = args.app === undefined ? undefined : selectorOf(args.app);
  const event = () => undefined;
  const read = gathered.try(() =>
    readInputs(given, { environment, secret: screen.secret, warn: screen.warn, event, app }),
  );
  const inputs = gathered.end(read);
  return run(inputs, {
    screen,
    folder: tmpdir(),
    run: runName(started),
    started,
    clock: systemClock,
    signal,
    report: args.report,
  });
}

function textOf(shown: CliPage): string {
  if (shown.show === 'version') return VERSION;
  return shown.show === 'help' ? shown.text : JSON.stringify(schemaOf(shown.name), undefined, 2);
}

/** The command line's options for the inputs of the action. */
function inputOf(args: CliArguments, name: InputName): string {
  const { command, words, sites, dryRun, spec = '', request = '' } = args;
  if (name === 'sites') return sites;
  if (name === 'dry-run') return String(dryRun);
  if (command !== 'check') return name === command ? (words[0] ?? '') : '';
  if (name === 'check') return words.join('\n') || 'all';
  if (name === 'promote') return spec;
  if (name === 'check-write') return args.write ?? '';
  return name === 'reload' ? request : '';
}

function calledIn({ command }: CliArguments, name: InputName): string {
  if (name === 'promote') return command === 'check' ? '--spec' : 'SPEC';
  if (name === 'reload') return command === 'check' ? '--request' : 'REQUEST';
  return `--${name}`;
}

function variablesOf(file: string): Environment {
  try {
    return parseEnv(readText(file));
  } catch (error) {
    throw new InputError(`--env-file: ${file} cannot be read: ${messageOf(error)}.`);
  }
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function selectorOf(app: string): Selector {
  return GUID.test(app) ? { by: 'id', id: app.toLowerCase() } : { by: 'name', name: app, stream: undefined };
}

/** Returns the exit status: 0 done or nothing to do, 1 failed, 2 wrong use. */
async function go(words: readonly string[], signal: AbortSignal): Promise<number> {
  const args = readArguments(words);
  if ('show' in args) {
    say(textOf(args));
    return 0;
  }
  const { summary } = args;
  const screen = plainScreen({
    out: process.stdout,
    err: process.stderr,
    json: args.json,
    debug: args.verbose,
    mask: maskingIn(process.env),
    keep: async report => {
      if (summary !== undefined) await writeFile(summary, summaryOf(report));
    },
  });
  try {
    const report = await main(args, screen, signal);
    await screen.show(report);
    return report.outcome === 'failed' ? 1 : 0;
  } catch (error) {
    await screen.show(failureReport(problemsOf(error), startedIn(process.env)));
    return error instanceof InputError ? 2 : 1;
  }
}

try {
  process.exitCode = await go(process.argv.slice(2), stopSignal(process));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  for (const problem of error.sentences) process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
}
