import { existsSync, readFileSync } from 'node:fs';
import { destination } from 'pino';
import { systemClock } from '../base/clock.ts';
import { InputError, messageOf } from '../base/errors.ts';
import { type Redact, redacting } from '../base/redact.ts';
import { connectGitHub } from '../github/connect.ts';
import { dispatch } from '../github/dispatch.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { check } from './check.ts';
import { type RelayConfig, readConfig } from './config.ts';
import { jsonLog } from './log.ts';
import { run } from './run.ts';
import { listJson, listText, statusText } from './show.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/store.ts';

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function main(signal: AbortSignal, redact: Redact): Promise<void> {
  const given = readArguments(process.argv.slice(2), Date.now());
  if (given.command === 'run') return runRelay(given, signal, redact);
  if (given.command === 'check') return checkRelay(given, signal, redact);
  const store = await openStore(storePath(given, redact));
  try {
    if (given.command === 'status') await status(given, store);
    else if (given.command === 'list') await list(given, store);
    else await redeliver(given, store);
  } finally {
    await store.close();
  }
}

async function runRelay(given: Arguments, signal: AbortSignal, redact: Redact): Promise<void> {
  const config = configOf(given, redact);
  const log = jsonLog(redact, given.level, destination({ dest: 1, sync: true }));
  for (const { name, insecure } of config.sites) {
    if (insecure) log.warning(`Site "${name}": certificates are not checked (insecure: true).`);
  }
  const github = connectGitHub({ ...config.github, environment: process.env, clock: systemClock, log });
  try {
    const send = (what: Parameters<typeof dispatch>[1], until: AbortSignal) => dispatch(github, what, until);
    await run(config, { clock: systemClock, log, send, signal, secret: redact.add });
  } finally {
    await github.close();
  }
}

async function checkRelay(given: Arguments, signal: AbortSignal, redact: Redact): Promise<void> {
  const log = jsonLog(
    redact,
    given.level === 'info' ? 'warn' : given.level,
    destination({ dest: 2, sync: true }),
  );
  const config = configOf(given, redact);
  const github = connectGitHub({ ...config.github, environment: process.env, clock: systemClock, log });
  try {
    const findings = await check(config, { github, clock: systemClock, log, signal });
    for (const { level, what } of findings) say(redact(`${level.padEnd(7)}  ${what}`));
    const problems = findings.filter(({ level }) => level === 'problem').length;
    say(problems === 0 ? 'All is well.' : `${problems} of these have to be mended.`);
    if (problems > 0) process.exitCode = 1;
  } finally {
    await github.close();
  }
}

async function status({ json }: Arguments, store: Store): Promise<void> {
  const [counts, handles] = [await store.counts(), await store.handles()];
  if (json) say(JSON.stringify({ ...counts, subscriptions: handles.length }));
  else for (const line of statusText(counts, handles, Date.now())) say(line);
}

async function list({ json, query }: Arguments, store: Store): Promise<void> {
  const deliveries = await store.list(query);
  if (json) say(JSON.stringify(listJson(deliveries)));
  else for (const line of listText(deliveries)) say(line);
}

async function redeliver({ query, dryRun }: Arguments, store: Store): Promise<void> {
  const { ids, subscription, from, to, states } = query;
  if (!ids && subscription === undefined && from === undefined && to === undefined) {
    throw new InputError('redeliver: say which, by --id, --subscription, --since or --until.');
  }
  // What was told once is told again only when it is asked for by name.
  const among = states ?? (ids ? (['delivered', 'dead'] as const) : (['dead'] as const));
  const wanted = among.filter(state => state === 'delivered' || state === 'dead');
  const deliveries = await store.list({ ...query, states: wanted, limit: 1_000_000 });
  const sendable = deliveries.filter(({ payload }) => payload !== undefined);
  for (const line of listText(sendable)) say(line);
  if (dryRun) {
    say(`${sendable.length} would be sent again.`);
    return;
  }
  const again = await store.redeliver(
    sendable.map(({ id }) => id),
    Date.now(),
  );
  say(`${again} will be sent again, each under its own id.`);
}

function configOf({ config }: Arguments, redact: Redact): RelayConfig {
  let text: string;
  try {
    text = readFileSync(config, 'utf8');
  } catch (error) {
    throw new InputError(`The configuration ${config} cannot be read: ${messageOf(error)}.`);
  }
  return readConfig({ from: config, text }, { environment: process.env, secret: redact.add });
}

/** A store is not made by looking at it. */
function storePath(given: Arguments, redact: Redact): string {
  const path = given.store ?? configOf(given, redact).store;
  if (!existsSync(path)) throw new InputError(`There is no store ${path}; "run" makes it.`);
  return path;
}

/** The first signal stops in order, a second one changes nothing. Windows has no SIGTERM but sends SIGBREAK. */
function stopping(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) process.on(name, () => stop.abort());
  return stop.signal;
}

const redact = redacting();
try {
  await main(stopping(), redact);
} catch (error) {
  const problems = error instanceof InputError ? error.problems : [messageOf(error)];
  for (const problem of problems) process.stderr.write(`${redact(problem)}\n`);
  process.exitCode = 1;
}
