import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { editObject, objectsOf } from '../../simulator/site/app-objects.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import type { App } from '../../simulator/site/entities.ts';
import type { Report } from '../../src/base/report.ts';
import { type RunOptions, type Stage, type StageOptions, siteOf, stage } from '../sites-for-tests.ts';

export const FOR_GOOD = Number.POSITIVE_INFINITY;

export interface Scene extends Stage {
  /** For backups and archives; gone afterwards. */
  folder: string;
}

/** The two simulated sites, a folder, and both gone afterwards. */
export async function on(options: StageOptions, check: (set: Scene) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action-promote-'));
  const set = await stage(options);
  try {
    await check({ ...set, folder });
  } finally {
    await set.stop();
    rmSync(folder, { recursive: true });
  }
}

export interface ThreeSites extends Scene {
  prod: Simulator;
}

/** The same with a third site, "prod". */
export async function onThree(
  { prod: data, ...options }: StageOptions & { prod: SiteData },
  check: (set: ThreeSites) => Promise<void>,
): Promise<void> {
  const prod = await startSimulator({ name: 'prod', data });
  try {
    await on({ ...options, more: [siteOf('prod', prod)] }, set => check({ ...set, prod }));
  } finally {
    await prod.stop();
  }
}

/** As the `result` output has them. */
export interface StreamResult {
  stream: string;
  plan: string;
  did?: string;
  app?: string;
  backup?: string;
  before?: { owner?: string; fileSize?: number; lastReloadTime?: string; modifiedDate?: string };
}

export interface AppResult {
  id: string;
  name: string;
  verdict: string;
  reasons: string[];
  tag: string;
  done: string[];
  archive?: string;
  sha256?: string;
  bytes?: number;
  failure?: string;
  notes: string[];
  targets: {
    site: string;
    mode: string;
    name: string;
    missingStreams: string[];
    streams: StreamResult[];
    failure?: string;
  }[];
}

export function appResults(report: Report): AppResult[] {
  const { apps = [] } = JSON.parse(JSON.stringify(report.result));
  return apps;
}

export function streamResults(report: Report): StreamResult[] {
  return appResults(report).flatMap(({ targets }) => targets.flatMap(({ streams }) => streams));
}

export function appNamed(simulator: Simulator, name: string): App {
  const app = [...simulator.site.apps.values()].find(one => one.name === name);
  return app ?? assert.fail(`no app ${name}`);
}

export function appIn(simulator: Simulator, stream: string): App {
  const app = [...simulator.site.apps.values()].find(one => one.stream?.name === stream);
  return app ?? assert.fail(`no app in stream ${stream}`);
}

/** As a user who edits the app's script: another content, and so another version. */
export function edit({ site }: Simulator, app: App): void {
  const script = objectsOf(site, app).find(({ objectType }) => objectType === 'app_appscript');
  editObject(site, script ?? assert.fail(`${app.name} has no script`), app.owner);
}

/** `DIRECTORY\user`, tags, and properties as `name=value`, sorted. */
export function attributesOf({ owner, tags, customProperties }: App) {
  return {
    owner: `${owner.userDirectory}\\${owner.userId}`,
    tags: tags.map(({ name }) => name).sort(),
    properties: customProperties.map(({ definition, value }) => `${definition.name}=${value}`).sort(),
  };
}

/** Of one app all that a promotion may change. */
export async function pictureOf(simulator: Simulator, app: App) {
  const { id, name, description, lastReloadTime, stream } = app;
  const digest = await simulator.digest(id);
  return { id, name, description, lastReloadTime, stream: stream?.name, digest, ...attributesOf(app) };
}

/** Of all apps of a site, in the order of their ids. */
export async function pictures(simulator: Simulator) {
  const apps = [...simulator.site.apps.values()].sort((one, other) => one.id.localeCompare(other.id));
  return Promise.all(apps.map(app => pictureOf(simulator, app)));
}

/** Reloads of tasks that the product itself makes take ten milliseconds and end so, in turn. */
export function reloadsEnd(
  simulator: Simulator,
  ...ends: ('FinishedSuccess' | 'FinishedFail' | 'Aborted')[]
): void {
  let started = 0;
  simulator.faults.add({
    method: 'POST',
    path: /\/start\/synchronous$/,
    times: FOR_GOOD,
    fault: {
      run: site => {
        const end = ends[Math.min(started, ends.length - 1)] ?? 'FinishedSuccess';
        started += 1;
        for (const task of site.tasks.values()) {
          const attempts = task.runs.flatMap(run => run.attempts);
          for (const attempt of attempts) Object.assign(attempt, { takes: 10, ends: end });
        }
      },
    },
  });
}

/** All files below a folder, by their paths in it, sorted. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter(name => statSync(join(folder, name)).isFile())
    .map(name => name.replaceAll('\\', '/'))
    .sort();
}

/** Watches how many requests of a kind are in flight at a time. Each of them takes a little while. */
export function inFlight(simulator: Simulator, method: string, path: RegExp, delay = 40) {
  const seen = { most: 0, count: 0 };
  let now = 0;
  simulator.faults.add({ method, path, times: FOR_GOOD, fault: { delay } });
  simulator.faults.add({
    method,
    path,
    times: FOR_GOOD,
    fault: {
      run: () => {
        seen.count += 1;
        now += 1;
        seen.most = Math.max(seen.most, now);
        // The answer follows the delay; from then on the request is no longer in flight.
        setTimeout(() => {
          now -= 1;
        }, delay - 5).unref();
      },
    },
  });
  return seen;
}

export async function planned(set: Stage, spec: string, more: Partial<RunOptions> = {}): Promise<Report> {
  return set.run(spec, { ...more, dryRun: true });
}
