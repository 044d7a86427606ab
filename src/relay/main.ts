import '../base/node-version.ts';

import { existsSync } from 'node:fs';
import { systemClock } from '../base/clock.ts';
import { InputError, messageOf, problemsOf, sentenceOf } from '../base/errors.ts';
import { keepHeapSmall } from '../base/heap.ts';
import { readText } from '../base/read-text.ts';
import { stopSignal } from '../base/stop-signal.ts';
import { VERSION } from '../base/version.ts';
import { visible } from '../base/visible.ts';
import { connectGitHub } from '../github/client.ts';
import { dispatch } from '../github/dispatch.ts';
import { type Redact, redacting } from '../net/redact.ts';
import { checkRelay } from './check/check.ts';
import { type RelayArguments, RelayUsageError, readRelayArguments } from './command/arguments.ts';
import { discard, list, redeliver, status } from './command/commands.ts';
import { RELAY_USAGE } from './command/usage.ts';
import { readConfig } from './config/read.ts';
import type { RelayConfig } from './config/settings.ts';
import { isStorePlace } from './config/shape.ts';
import { registerStorePassword } from './config/store-place.ts';
import { digestOf } from './hold/digest.ts';
import { jsonLog, lineWriter } from './log.ts';
import { runRelay } from './run.ts';
import { isLocked } from './store/lock.ts';
import { isPostgres } from './store/postgres-place.ts';
import { openStore } from './store/store.ts';

const say = (text: string): void => {
  process.stdout.write(`${visible(text)}\n`);
};

async function main(signal: AbortSignal, redact: Redact): Promise<void> {
  keepHeapSmall();
  const given = readRelayArguments(process.argv.slice(2), Date.now());
  if (given === 'help') return say(RELAY_USAGE);
  if (given === 'version') return say(VERSION);
  if (given.command === 'run') return serve(given, signal, redact);
  if (given.command === 'check') return tryOut(given, signal, redact);
  const config = given.store === undefined ? configOf(given, redact) : undefined;
  registerStorePassword(given.store, redact.add);
  const path = storePath(given.store ?? config?.store ?? '');
  const changes = given.command === 'redeliver' || given.command === 'discard';
  const store = await openStore(path, changes ? 'edit' : 'look', { signal });
  const tell = (line: string) => say(redact(line));
  const looking = {
    store,
    subscriptions: config?.subscriptions,
    running: isPostgres(path) ? await store.running() : Number(isLocked(path)),
    digest: config && digestOf(config),
    tell,
  };
  try {
    await { status, list, redeliver, discard }[given.command](given, looking);
  } finally {
    await store.close();
  }
}

async function serve(given: RelayArguments, signal: AbortSignal, redact: Redact): Promise<void> {
  const log = jsonLog(redact, given.level, lineWriter(1));
  const config = configOf(given, redact, log.warning);
  for (const { name, insecure } of config.sites) {
    if (insecure) log.warning(`Site "${name}": certificates are not checked (insecure: true).`);
  }
  const github = connectGitHub({ ...config.github, environment: process.env, clock: systemClock, log });
  try {
    const send = (what: Parameters<typeof dispatch>[1], until: AbortSignal) => dispatch(github, what, until);
    const secret = redact.add;
    await runRelay(config, { clock: systemClock, databaseTime: true, log, send, signal, secret, redact });
  } finally {
    await github.close();
  }
}

async function tryOut(given: RelayArguments, signal: AbortSignal, redact: Redact): Promise<void> {
  const log = jsonLog(redact, given.level === 'info' ? 'warn' : given.level, lineWriter(2));
  const config = configOf(given, redact);
  const github = connectGitHub({ ...config.github, environment: process.env, clock: systemClock, log });
  try {
    const findings = await checkRelay(config, { github, clock: systemClock, log, signal });
    for (const { level, what } of findings) say(redact(`${level.padEnd(7)}  ${what}`));
    const count = (level: string) => findings.filter(one => one.level === level).length;
    const [problems, warnings] = [count('problem'), count('warning')];
    say(conclusion(problems, warnings));
    if (problems > 0) process.exitCode = 1;
  } finally {
    await github.close();
  }
}

function conclusion(problems: number, warnings: number): string {
  if (problems > 0) return `${problems} of these must be fixed.`;
  if (warnings === 0) return 'Everything works.';
  return `Nothing needs to be fixed; look at the ${warnings === 1 ? 'warning' : `${warnings} warnings`}.`;
}

function configOf(
  { config }: RelayArguments,
  redact: Redact,
  warning: (sentence: string) => void = () => {},
): RelayConfig {
  let text: string;
  try {
    text = readText(config);
  } catch (error) {
    throw new InputError(`The configuration ${config} cannot be read: ${messageOf(error)}.`);
  }
  return readConfig({ from: config, text }, { environment: process.env, secret: redact.add, warning });
}

/** A store is not made by looking at it. */
function storePath(path: string): string {
  if (!isStorePlace(path))
    throw new InputError('--store: must be the path of a file, or a URL that begins with postgres://.');
  if (!isPostgres(path) && !existsSync(path))
    throw new InputError(`There is no store ${path}; "run" makes it.`);
  return path;
}

const redact = redacting();
// A full disk, or a reader that has gone, such as "head".
process.stdout.on('error', () => {
  process.exitCode = 1;
});
try {
  await main(stopSignal(process), redact);
} catch (error) {
  for (const problem of problemsOf(error)) {
    process.stderr.write(`${redact(sentenceOf(problem))}\n`);
    if (problem.place) process.stderr.write(`${redact(problem.place.frame)}\n`);
  }
  process.exitCode = error instanceof RelayUsageError ? 2 : 1;
}
