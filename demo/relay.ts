import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../simulator/wire/free-port.ts';
import { SITES, secretsOf } from './secrets.ts';
import type { DemoSite } from './site.ts';

const MAIN = fileURLToPath(new URL('../dist/relay/index.js', import.meta.url));

export interface DemoRelay {
  /** Runs one of its other commands, and gives what it says. */
  command(...words: string[]): Promise<string>;
  /** Resolves once `list` says so; the demo fails when it never does. */
  until(said: RegExp): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the relay as a service would, between the site dev and a GitHub. */
export async function startRelay(
  folder: string,
  sites: readonly DemoSite[],
  github: { url: string; token: string },
): Promise<DemoRelay> {
  const port = await freePort();
  const config = join(folder, 'relay.yml');
  writeFileSync(
    config,
    `sites:
${SITES.replace(/^(?=.)/gm, '  ')}listen: { url: "http://127.0.0.1:${port}", host: 127.0.0.1 }
github: { url: "${github.url}", token: "\${GITHUB_DISPATCH_TOKEN}" }
store: ${JSON.stringify(join(folder, 'relay.db'))}
subscriptions:
  - name: app-updated
    site: dev
    entity: App
    send: { repository: acme/qlik-events, event: qlik-app-updated }
    quiet: 1s
  - name: reload-failed
    site: dev
    entity: ExecutionResult
    change: [add, update]
    when: { status: [FinishedFail] }
    send: { repository: acme/qlik-events, event: qlik-reload-failed }
    quiet: 1s
`,
  );
  const env = { ...secretsOf(sites), GITHUB_DISPATCH_TOKEN: github.token };
  const run = spawn(process.execPath, [MAIN, 'run', '--config', config], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const relay: DemoRelay = {
    command: async (...words) => {
      const child = spawn(process.execPath, [MAIN, ...words, '--config', config], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.on('data', piece => {
        said += piece;
      });
      await once(child, 'close');
      return said;
    },
    until: async said => {
      for (let tries = 0; tries < 240; tries += 1) {
        const text = await relay.command('list');
        if (said.test(text)) return text;
        await wait(250);
      }
      throw new Error(`The demo went wrong: the relay never said ${said}`);
    },
    stop: async () => {
      if (run.exitCode !== null) return;
      const ended = once(run, 'exit');
      run.kill('SIGTERM');
      await ended;
    },
  };
  await listening(port, run);
  return relay;
}

async function listening(port: number, run: { exitCode: number | null }): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    const subscribed = ready && (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
    if (subscribed && /^qrs_relay_site_reachable\{site="dev"\} 1$/m.test(subscribed)) return;
    if (run.exitCode !== null) break;
    await wait(100);
  }
  throw new Error('The demo went wrong: the relay does not listen');
}
