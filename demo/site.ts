import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'undici';

/** A simulated site in a process of its own, spoken to as any client would. */
export interface DemoSite {
  name: string;
  url: string;
  certificate: string;
  key: string;
  ca: string;
  /** A QRS call; the answer is its JSON. */
  call(method: 'GET' | 'PUT' | 'POST', path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

interface Ready {
  url: string;
  certificate: string;
  key: string;
  ca: string;
}

const MAIN = fileURLToPath(new URL('../simulator/main.ts', import.meta.url));
const KEY = 'demo0123456789ab';

/** Starts `npm run simulator` with that data, on any free port, its certificates in `folder`. */
export async function startSite(name: string, data: string, folder: string): Promise<DemoSite> {
  const child = spawn(
    process.execPath,
    [MAIN, '--site', name, '--port', '0', '--certs', join(folder, name), '--data', data],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ready = await readiness(child);
  const site = connectSite(name, ready);
  return {
    ...site,
    stop: async () => {
      await site.stop();
      // Ctrl-C in a terminal has ended it already.
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A simulated site that runs already. */
export function connectSite(name: string, ready: Ready): DemoSite {
  const client = new Client(ready.url, {
    connect: {
      ca: readFileSync(ready.ca),
      cert: readFileSync(ready.certificate),
      key: readFileSync(ready.key),
    },
  });
  return {
    name,
    ...ready,
    call: async (method, path, body) => {
      const { statusCode, body: answer } = await client.request({
        method,
        path: `/qrs/${path}${path.includes('?') ? '&' : '?'}xrfkey=${KEY}`,
        headers: {
          'x-qlik-xrfkey': KEY,
          'x-qlik-user': 'UserDirectory=INTERNAL; UserId=sa_repository',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (statusCode >= 300) throw new Error(`${name} answered ${statusCode} to ${method} ${path}: ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
    stop: () => client.destroy(),
  };
}

async function readiness(child: ChildProcess): Promise<Ready> {
  if (!child.stdout) throw new Error('the simulator has no output');
  for await (const line of createInterface(child.stdout)) return JSON.parse(line);
  throw new Error('the simulator ended before it was ready');
}
