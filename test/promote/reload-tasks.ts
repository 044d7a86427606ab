import assert from 'node:assert/strict';
import type { Simulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import type { Task, Trigger } from '../../simulator/site/entities.ts';
import { type Scene, streamResults } from './scene.ts';

/** A target with tasks, the specs for it, and the tasks that a promotion made there. */

export const TARGET: Partial<SiteData> = {
  streams: ['Everyone', 'Review'],
  tags: ['nightly', 'other'],
  customProperties: { Load: ['Heavy', 'Light'] },
  apps: [
    { name: 'Source', size: '10 KB' },
    { name: 'Demo Build', stream: 'Everyone', size: '200 KB' },
  ],
  tasks: [
    { name: 'Load QVDs', app: 'Source' },
    { name: 'Copy files', type: 'external' },
  ],
};
export const FULL = `{ name: "Reload {app}", schedule: { every: 1d, at: "02:00", timezone: Europe/Berlin },
  after: [Load QVDs, Copy files], enabled: true, timeout: 2h, retries: 1, tags: [nightly], custom-properties: { Load: Heavy } }`;
export const spec = (task: string, { streams = 'Review', more = '', target = '' } = {}) =>
  `from: dev\nto: [{ site: test, streams: [${streams}]${target} }]\nreload-task: ${task}\n${more}`;

type Reload = Extract<Task, { schemaPath: 'ReloadTask' }>;

/** The reload tasks of promoted apps, in the order of their names and streams. */
export function tasksOn({ site }: Simulator): Reload[] {
  return [...site.tasks.values()]
    .filter((task): task is Reload => task.schemaPath === 'ReloadTask' && task.app.name !== 'Source')
    .sort((one, other) =>
      `${one.name}${one.app.stream?.name}`.localeCompare(`${other.name}${other.app.stream?.name}`),
    );
}

export function triggersOn({ site }: Simulator, task: Task | undefined): Trigger[] {
  return [...site.triggers.values()].filter(trigger => trigger.task === task);
}

export function onlyTask(simulator: Simulator): Reload {
  const [task, second] = tasksOn(simulator);
  assert.ok(task && !second, `one task, not ${tasksOn(simulator).map(({ name }) => name)}`);
  return task;
}

/** No run of a task was ever begun. */
export function nothingStarted({ test: { site, counters } }: Scene): void {
  assert.equal(counters.count('POST', /start/), 0);
  assert.deepEqual([...site.results.values(), ...site.sessions.values()], []);
}

export const taskOf = (report: Awaited<ReturnType<Scene['run']>>) =>
  streamResults(report).map(stream => Object(stream).task);
