import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from '../../src/promote/plan/plan.ts';
import { NO_RELOAD_TASKS } from '../../src/promote/reload-task/reload-task-facts.ts';
import { linesAhead, reportOf } from '../../src/promote/report/report.ts';
import { readSpec } from '../../src/promote/spec.ts';
import { liveByName, type Survey } from '../../src/promote/survey/facts.ts';
import { NO_NAMES } from '../../src/promote/survey/survey-names.ts';
import { wishesOf } from '../../src/promote/survey/wish.ts';
import type { App, Stream } from '../../src/qrs/entities.ts';
import { plainSite } from '../plain-site.ts';
import { on } from './scene.ts';

/** Hundreds of apps, many streams: what a plan takes, and what a run asks of the sites. */

const id = (kind: number, number: number) =>
  `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(number).padStart(12, '0')}`;
/** Facts of so many apps, each of which stands in each of so many streams of a target. */
function facts(apps: number, streams: number) {
  const [from, to] = [plainSite('dev'), plainSite('test')];
  const wanted: Stream[] = Array.from({ length: streams }, (_, number) => ({
    id: id(1, number),
    name: `Stream ${number}`,
  }));
  const names = wanted.map(({ name }) => JSON.stringify(name)).join(', ');
  const spec = readSpec({
    from: 'promote',
    text: `apps: [{ filter: all }]\nto: [{ site: test, streams: [${names}] }]`,
  });
  const app = (number: number, stream?: Stream): App => ({
    id: id(stream ? 3 : 2, number),
    name: `App ${number}`,
    createdDate: '',
    modifiedDate: '2026-11-22T10:00:00.000Z',
    modifiedByUserName: '',
    published: stream !== undefined,
    stream: stream ?? null,
    description: '',
    tags: [],
    customProperties: [],
    lastReloadTime: '',
  });
  const sources = Array.from({ length: apps }, (_, number) => app(number));
  const live = liveByName(wanted.flatMap(stream => sources.map((_, number) => app(number, stream))));
  const survey: Survey = {
    from,
    sites: [from, to],
    at: 0,
    compares: false,
    unusable: new Map(),
    unseen: undefined,
    apps: sources.map(source => ({
      app: source,
      file: undefined,
      unmet: [],
      tagged: false,
      wishes: wishesOf(source, spec.to, [from, to]),
      origin: { site: 'dev', app: source.id, modified: source.modifiedDate, data: true },
      objects: [],
    })),
    missing: [],
    gone: [],
    doneTags: [],
    targets: new Map([
      [
        to,
        {
          ...NO_NAMES,
          lost: undefined,
          byId: new Map(),
          keepsData: undefined,
          unseen: undefined,
          odd: [],
          streams: new Map(wanted.map(stream => [stream.name, [stream]])),
          live,
          objects: new Map(),
          tasks: [],
          mayMakeTasks: undefined,
          reloadTasks: NO_RELOAD_TASKS,
          copies: { removable: [], held: [] },
        },
      ],
    ]),
    alike: [],
    nodes: new Map(),
    copies: new Map(),
  };
  return { spec, survey };
}

test('scale: a plan of 480 apps and 50 streams is made in a moment, and its lines too', () => {
  const { spec, survey } = facts(480, 50);
  const began = process.cpuUsage();
  const made = plan(spec, survey);
  const lines = linesAhead(made);
  const { user, system } = process.cpuUsage(began);
  const took = (user + system) / 1000;
  assert.equal(lines.length, 480 * 51, 'one for each app, one for each of its places');
  // It was 13 s; quadratic time would be back at once. Processor time, as the machine of a test may be busy.
  assert.ok(took < 3000, `${Math.round(took)} ms`);
  assert.equal(reportOf({ plan: made, heldBack: false, dryRun: true, took: 0 }).outcome, 'planned');
});

test('scale: four times the apps take about four times as long', () => {
  const time = (apps: number) => {
    const { spec, survey } = facts(apps, 20);
    const runs = [1, 2, 3].map(() => {
      const began = performance.now();
      plan(spec, survey);
      return performance.now() - began;
    });
    return Math.min(...runs);
  };
  time(200);
  assert.ok(time(1600) < 12 * Math.max(time(400), 5));
});

test('scale: requests for each app stay few', () =>
  on(
    {
      devData: {
        streams: ['Build'],
        tags: ['Promoted'],
        apps: Array.from({ length: 30 }, (_, number) => ({
          name: `App ${number}`,
          stream: 'Build',
          size: '1 KB',
        })),
      },
      testData: {
        streams: ['Everyone', 'Review'],
        apps: Array.from({ length: 15 }, (_, number) => ({
          name: `App ${number}`,
          stream: 'Everyone',
          size: '1 KB',
        })),
      },
    },
    async set => {
      const spec =
        'from: dev\napps: [{ filter: published eq true }]\nto: [{ site: test, streams: [Everyone] }]\ndone: { tag: Promoted }';
      const report = await set.run(spec);
      assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
      const source = set.dev.counters.requests.length / 30;
      const target = set.test.counters.requests.length / 30;
      assert.ok(source <= 5.5, `${source} on the source`);
      assert.ok(target <= 8.5, `${target} on the target`);
    },
  ));
