import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type GitHub, type GitHubOptions, startGitHub } from '../../simulator/github/server.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import type { Fault } from '../../simulator/wire/faults.ts';
import { freePort } from '../../simulator/wire/free-port.ts';
import type { Finding } from '../../src/base/finding.ts';
import { connectGitHub } from '../../src/github/client.ts';
import { checkRelay } from '../../src/relay/check/check.ts';
import { readConfig } from '../../src/relay/config/read.ts';
import { keepingLog } from '../sites-for-tests.ts';
import { createTime } from './time.ts';

export const [PORT, OTHER_PORT] = [await freePort(), await freePort()];

export const DAY = 86_400_000;
export const TOKEN = 'ghp_checkcheckcheck';
export const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-check-'));
process.once('exit', () => rmSync(folder, { recursive: true }));

export const LISTENING = 'on: { repository_dispatch: { types: [qlik-app-updated] } }\njobs: {}\n';
export const APP = `  - name: app-updated
    site: dev
    entity: App
    send: { repository: acme/events, event: qlik-app-updated }
`;

const DATA = {
  apps: [{ name: 'Sales' }],
  tags: ['release'],
  customProperties: { PromotionApproval: ['Approve', 'Deny'] },
};

/** What is otherwise than on a site where all is well. */
export interface Trial {
  /** Mapping after `listen:`. */
  listen?: string;
  subscriptions?: string;
  github?: Partial<GitHubOptions>;
  /** Mapping after `github: { url: …,`. */
  credential?: string;
  /** More keys of the site. */
  site?: string;
  store?: string;
  switches?: SwitchesInput;
  /** Ms that have passed since the certificates were made. */
  later?: number;
  before?: (dev: Simulator, github: GitHub) => unknown;
  after?: (dev: Simulator) => unknown;
}

export const base64 = (text: string) => Buffer.from(text).toString('base64');
export const endings: (() => Promise<unknown> | unknown)[] = [];

/** Closes what a test has opened: afterEach(endTrials). */
export async function endTrials(): Promise<void> {
  for (const end of endings.splice(0).reverse()) await end();
}

export async function findings(trial: Trial = {}): Promise<Finding[]> {
  const time = createTime(Date.now() + (trial.later ?? 0));
  const clock = time.hand;
  const { switches = {} } = trial;
  const dev = await startSimulator({ name: 'dev', clock, switches, data: DATA });
  const github = await startGitHub({
    clock,
    repositories: [{ name: 'acme/events', files: { '.github/workflows/promote.yml': LISTENING } }],
    tokens: [{ token: TOKEN, kind: 'classic' }],
    ...trial.github,
  });
  endings.push(() => Promise.all([dev.stop(), github.stop()]));
  const text = `
sites:
  dev:
    url: ${dev.url}
    certificate: ${base64(dev.certificate)}
    key: ${base64(dev.key)}
    ca: ${base64(dev.ca)}
    ${trial.site ?? ''}
  unwatched: { url: 'https://localhost:1', jwt: eyJhbGciOiAiUlMyNTYifQ.eyJ1c2VySWQiOiAiYW5uYSIsICJ1c2VyRGlyZWN0b3J5IjogIkFDTUUifQ.c2lnbmVk }
listen: ${trial.listen ?? `{ url: "http://127.0.0.1:${PORT}", host: 127.0.0.1 }`}
github: { url: '${github.url}', ${trial.credential ?? `token: ${TOKEN}`} }
store: '${trial.store ?? join(folder, 'relay.db')}'
subscriptions:
${trial.subscriptions ?? APP}`;
  const config = readConfig({ from: 'relay.yml', text }, { environment: {}, secret: () => {} });
  const log = keepingLog();
  const hub = connectGitHub({ ...config.github, environment: {}, clock: time.clock, log });
  endings.push(() => hub.close());
  await trial.before?.(dev, github);
  const found = await checkRelay(config, {
    github: hub,
    clock: time.clock,
    log,
    signal: new AbortController().signal,
  });
  await trial.after?.(dev);
  return found;
}

export const told = ({ level, what }: Finding) => `${level} ${what}`;

export const always = (path: RegExp, fault: Fault, method?: string) => (dev: Simulator) =>
  dev.faults.add({ path, fault, times: 100, ...(method ? { method } : {}) });

/** A name, what is wrong, and what the check says of it, and how often: everything else is found well. */
export type TrialRow = [name: string, trial: Trial, says: RegExp, times?: number];

export function testTrials(rows: readonly TrialRow[]): void {
  for (const [name, trial, expected, times = 1] of rows) {
    test(`check: ${name}`, async () => {
      const found = (await findings(trial)).map(told);
      assert.equal(found.filter(line => expected.test(line)).length, times, found.join('\n'));
      const problems = found.filter(line => line.startsWith('problem'));
      assert.deepEqual(
        problems.filter(line => !expected.test(line)),
        [],
        'what is wrong is told once',
      );
    });
  }
}
