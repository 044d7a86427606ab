import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';

/** A run of the action whose job summary is drawn. */
export interface Scene {
  name: string;
  sites: Readonly<Record<string, SiteData>>;
  inputs: Readonly<Record<string, string>>;
  /** What goes wrong. */
  trouble?: (sites: Readonly<Record<string, Simulator>>) => void;
}

const STREAMS = ['Sales', 'Finance', 'Board'];
const APPS = ['Sales Overview', 'Margin Analysis', 'Stock', 'Orders', 'Returns', 'Forecast'];
const DEV: SiteData = {
  streams: ['Build'],
  tags: ['Promoted'],
  users: ['ACME\\anna'],
  apps: APPS.map((name, index) => ({
    name,
    stream: 'Build',
    size: `${index + 2} MB`,
    lastReloadTime: '2026-11-24T05:12:00.000Z',
  })),
};
const siteWith = (stream: string, apps: readonly string[], streams = STREAMS): SiteData => ({
  streams,
  users: ['ACME\\anna'],
  apps: apps.map(name => ({
    name,
    stream,
    size: '3 MB',
    owner: 'ACME\\anna',
    lastReloadTime: '2026-11-20T05:12:00.000Z',
  })),
});
const TARGETS = { test: siteWith('Sales', APPS.slice(0, 3)), prod: siteWith('Sales', APPS.slice(0, 2)) };

const promotion = (apps: readonly string[], more = '') => `from: dev
apps:
${apps.map(name => `  - name: ${name}`).join('\n')}
to:
  - { site: test, streams: [Sales, Finance] }
  - { site: prod, streams: [Sales, Board] }
done: { tag: Promoted }
${more}`;

const NAMES = Array.from({ length: 40 }, (_, index) => `Region ${index + 1}`);
const FORTY = {
  dev: {
    streams: ['Build'],
    tags: ['Promoted'],
    apps: NAMES.map(name => ({ name, stream: 'Build', size: '30 KB' })),
  },
  test: siteWith('Sales', NAMES.slice(0, 20)),
  prod: siteWith('Sales', NAMES.slice(0, 10), ['Sales', 'Finance']),
};
const MANY = promotion(NAMES);

export const SCENES: readonly Scene[] = [
  {
    name: 'promotion',
    sites: { dev: DEV, ...TARGETS },
    inputs: { promote: promotion(APPS.slice(0, 3)) },
  },
  {
    name: 'plan',
    sites: { dev: DEV, test: TARGETS.test, prod: siteWith('Sales', APPS.slice(0, 2), ['Sales', 'Finance']) },
    inputs: { promote: promotion(APPS), 'dry-run': 'true' },
  },
  {
    name: 'failure',
    sites: { dev: DEV, ...TARGETS },
    inputs: { promote: promotion(APPS.slice(0, 2), 'concurrency: 1\n') },
    trouble: ({ prod }) =>
      prod?.faults.add({
        method: 'POST',
        path: /\/app\/upload$/i,
        after: 1,
        times: Number.POSITIVE_INFINITY,
        fault: { status: 500 },
      }),
  },
  { name: 'forty-apps', sites: FORTY, inputs: { promote: MANY } },
  {
    name: 'reload',
    sites: {
      prod: {
        apps: [
          { name: 'Sales Overview', stream: 'Sales' },
          { name: 'Stock', stream: 'Sales' },
        ],
        streams: ['Sales'],
        tasks: [
          { name: 'Nightly Sales', app: 'Sales Overview', runs: [{ takes: '2s', ends: 'FinishedSuccess' }] },
          {
            name: 'Hourly Stock',
            app: 'Stock',
            runs: [
              {
                takes: '1s',
                ends: 'FinishedFail',
                log: "LOAD * FROM [lib://Data/stock.csv]\nError: File 'stock.csv' not found\n(Script Error)",
              },
            ],
          },
        ],
      },
    },
    inputs: { reload: 'site: prod\ntasks: [Nightly Sales, Hourly Stock]\n' },
  },
];

const ACTION = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

/** Runs a scene as GitHub's runner would, and gives the job summary. */
export async function summaryOf(scene: Scene, folder: string): Promise<string> {
  const started = await Promise.all(
    Object.entries(scene.sites).map(
      async ([name, data]) => [name, await startSimulator({ name, data })] as const,
    ),
  );
  try {
    const sites = Object.fromEntries(started);
    scene.trouble?.(sites);
    return await runAction(scene, sites, folder);
  } finally {
    await Promise.all(started.map(([, site]) => site.stop()));
  }
}

async function runAction({ name, inputs }: Scene, sites: Record<string, Simulator>, folder: string) {
  const at = (file: string) => join(folder, name, file);
  mkdirSync(at('temp'), { recursive: true });
  for (const file of ['output', 'summary', 'state']) writeFileSync(at(file), '');
  const secrets = Object.entries(sites).flatMap(([site, { certificate, key, ca }]) => [
    [`${site}_certificate`, certificate],
    [`${site}_key`, key],
    [`${site}_ca`, ca],
  ]);
  const described = Object.entries(sites).map(
    ([site, { url }]) =>
      `${site}: { url: "${url}", certificate: "\${${site}_certificate}", key: "\${${site}_key}", ca: "\${${site}_ca}" }\n`,
  );
  const action = spawn(process.execPath, [ACTION], {
    env: {
      ...Object.fromEntries(secrets),
      ...Object.fromEntries(
        Object.entries(inputs).map(([input, text]) => [`INPUT_${input.toUpperCase()}`, text]),
      ),
      INPUT_SITES: described.join(''),
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: 'workflow_dispatch',
      GITHUB_OUTPUT: at('output'),
      GITHUB_STATE: at('state'),
      GITHUB_STEP_SUMMARY: at('summary'),
      GITHUB_RUN_ID: '4711',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/qlik-apps',
      GITHUB_ACTOR: 'anna',
      RUNNER_TEMP: at('temp'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  action.stdout.resume();
  await once(action, 'close');
  return readFileSync(at('summary'), 'utf8');
}
