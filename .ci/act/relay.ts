import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../simulator/wire/free-port.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'relay', 'index.js');
/** Where examples/relay/relay.yml says that the relay is. */
const URL_THERE = 'http://relay.company.com:8080';

export interface Relay {
  /** Every change that it heard of, and what became of it. */
  list(): string;
  stop(): Promise<void>;
}

/** Starts the bundled relay with a configuration, and resolves once it has subscribed at all its sites. */
export async function startRelay(
  folder: string,
  configuration: string,
  env: Readonly<Record<string, string>>,
): Promise<Relay> {
  const port = await freePort();
  const file = join(folder, 'relay.yml');
  const text = configuration
    .replace(URL_THERE, `http://127.0.0.1:${port}`)
    .replace('port: 8080', `port: ${port}, host: 127.0.0.1`)
    .replace('/var/lib/qrs-relay/relay.db', join(folder, 'relay.db'))
    .replaceAll('quiet: 5s', 'quiet: 1s');
  writeFileSync(file, text);
  const relay = spawn(process.execPath, [MAIN, 'run', '--config', file], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [relay.stdout, relay.stderr]) stream.on('data', piece => (said += piece));
  const all = [...text.matchAll(/^ {2}- name: /gm)].length;
  if (!(await subscribed(port, relay, all))) throw new Error(`The relay did not subscribe:\n${said}`);
  return {
    list: () => execFileSync(process.execPath, [MAIN, 'list', '--config', file], { env, encoding: 'utf8' }),
    stop: async () => {
      if (relay.exitCode !== null) return;
      const ended = once(relay, 'exit');
      relay.kill('SIGTERM');
      await ended;
    },
  };
}

async function subscribed(port: number, relay: ChildProcess, all: number): Promise<boolean> {
  for (let tries = 0; tries < 1200 && relay.exitCode === null; tries += 1) {
    const metrics = await fetch(`http://127.0.0.1:${port}/metrics`).then(
      answer => answer.text(),
      () => '',
    );
    const found = [...metrics.matchAll(/^qrs_relay_subscribed\{.*\} (\d)$/gm)].map(([, value]) => value);
    if (found.length === all && found.every(value => value === '1')) return true;
    await wait(50);
  }
  return false;
}
