import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summaryOf } from '../../src/entry/summary.ts';
import type { AppOutcome, TargetOutcome } from '../../src/promote/outcome.ts';
import type { AppPlan, Plan, Step, TargetPlan } from '../../src/promote/plan/planned.ts';
import { reportOf } from '../../src/promote/report/report.ts';
import { readSpec } from '../../src/promote/spec.ts';
import { appSchema } from '../../src/qrs/entities.ts';
import type { Site } from '../../src/sites/site.ts';

/** Every state of an app and of a target is seen in the report, with its cause; none hides behind another's words. */

const site = (name: string): Site => ({
  name,
  names: [],
  url: `https://${name}.example`,
  credentials: { kind: 'certificate', certificate: '', key: '' },
  ca: '',
  user: 'INTERNAL\\sa_api',
  serverName: undefined,
  insecure: false,
  concurrency: 2,
});
const [dev, prod] = [site('dev'), site('prod')];
const AT = Date.parse('2026-11-25T20:00:00Z');
const appOf = (id: number, name: string) =>
  appSchema.parse({
    id: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
    name,
    modifiedDate: '2026-11-20T06:30:00.000Z',
    modifiedByUserName: 'COMPANY\\anna',
    published: true,
    fileSize: 20_000_000,
    lastReloadTime: '2026-11-19T05:00:00.000Z',
  });
const source = appOf(1, 'Sales');
const stream = { id: 's1', name: 'Finance' };
const live = { ...appOf(2, 'Sales'), stream, stamp: undefined };
const KEEP: Step = {
  do: 'keep',
  stream,
  app: live,
  lacks: [],
  reload: false,
  evidence: 'content',
  since: undefined,
};
const REPLACE: Step = { do: 'replace', stream, app: live };
const { options } = (() => {
  const { to } = readSpec({ from: 'spec', text: 'from: dev\nto: [{ site: prod, streams: [Finance] }]' });
  assert.ok(to.by === 'list');
  const [target] = to.targets;
  assert.ok(target);
  return target;
})();

const target = (more: Partial<TargetPlan>): TargetPlan => ({
  site: prod,
  mode: 'overwrite',
  app: undefined,
  name: 'Sales',
  copies: 0,
  options,
  attributes: { owner: undefined, tags: [], properties: [] },
  steps: [KEEP],
  reloadTask: undefined,
  missing: [],
  make: 'upload',
  twins: [],
  lost: undefined,
  origin: undefined,
  ...more,
});
const plan = (more: Partial<AppPlan>): AppPlan => ({
  app: source,
  file: undefined,
  verdict: 'promote',
  reasons: [],
  targets: [target({})],
  archive: undefined,
  done: { tag: undefined, properties: [], unpublish: false, loseOthers: false },
  content: undefined,
  sites: [dev, prod],
  ...more,
});
const planOf = (...apps: AppPlan[]): Plan => ({
  from: dev,
  at: AT,
  apps,
  refusals: [],
  warnings: [],
  leftovers: [],
});
const came = (to: TargetPlan, more: Partial<TargetOutcome>): TargetOutcome => ({
  plan: to,
  streams: [{ stream, did: 'kept', app: live }],
  left: [],
  took: 1000,
  ...more,
});

const dry = (...apps: AppPlan[]) =>
  reportOf({ plan: planOf(...apps), heldBack: false, dryRun: true, took: 0 });
const ran = (app: AppPlan, targets: TargetOutcome[], more: Partial<AppOutcome> = {}) =>
  reportOf({
    plan: planOf(app),
    heldBack: false,
    dryRun: false,
    outcomes: [{ plan: app, targets, tag: 'none', done: [], notes: [], ...more }],
    took: 41_000,
  });

test('only an app to which nothing happens and nothing happened stays as it is', () => {
  const kept = plan({});
  assert.equal(dry(kept).table.folded?.title, 'Apps without changes: 1');
  assert.equal(ran(kept, [came(target({}), {})]).table.folded?.title, 'Apps without changes: 1');
  const tag = {
    tag: { name: 'Promoted', id: undefined },
    properties: [],
    unpublish: false,
    loseOthers: false,
  };
  const lost = 'Site "prod" gave no answer.';
  const events: [string, ReturnType<typeof dry>, RegExp, RegExp][] = [
    [
      'a site that cannot be read',
      dry(plan({ targets: [target({ steps: [], lost })] })),
      /could not be read/,
      /prod, which could not/,
    ],
    [
      'a twin to be removed',
      dry(plan({ targets: [target({ twins: [live] })] })),
      /1 twin .* to be removed/,
      /1 withdrawn as a twin/,
    ],
    [
      'a tag to be set',
      dry(plan({ done: tag })),
      /to be tagged .*Promoted/,
      /1 app to change on the source site alone/,
    ],
    [
      'an archive to be made',
      dry(plan({ archive: './archive' })),
      /archived without data/,
      /on the source site alone/,
    ],
    [
      'what it lacks',
      dry(plan({ targets: [target({ steps: [{ ...KEEP, lacks: ['lacks the tag'] }] })] })),
      /lacks the tag/,
      /^1 app to change on prod: 1 brought up to date\.$/,
    ],
    [
      'a reload that is due',
      dry(plan({ targets: [target({ steps: [{ ...KEEP, reload: true }] })] })),
      /to be reloaded/,
      /^1 app to promote to prod: 1 brought up to date\.$/,
    ],
    ['a refusal', dry(plan({ verdict: 'refuse', reasons: ['no stream'] })), /refused/, /1 app refused/],
    [
      'a tag to be taken off',
      dry(plan({ verdict: 'untag', reasons: ['it asks for nothing'] })),
      /tag to be removed/,
      /1 app to lose the tag/,
    ],
    [
      'a failure after all',
      ran(kept, [came(target({}), { failure: 'Site "prod" lost it.' })]),
      /already there/,
      /Sales failed on prod/,
    ],
    [
      'a copy that stayed',
      ran(kept, [came(target({}), { left: [{ name: 'copy', certain: true }] })]),
      /already there/,
      /was on prod already/,
    ],
    [
      'a tag that is not due',
      ran(plan({ done: tag }), [came(target({}), {})], { tag: 'not due' }),
      /not tagged/,
      /was on prod already/,
    ],
    [
      'a call that was called off',
      ran(
        plan({}),
        [
          came(target({ steps: [REPLACE] }), {
            skipped: 'it asks no more',
            streams: [{ stream, did: 'not done' }],
          }),
        ],
        { skipped: 'it asks no more' },
      ),
      /skipped: it asks no more/,
      /1 app no longer asked for/,
    ],
  ];
  for (const [what, report, row, verdict] of events) {
    assert.equal(report.table.folded, undefined, `${what}: not folded away`);
    assert.match(JSON.stringify([...report.table.rows]), row, what);
    assert.match(report.verdict ?? '', verdict, what);
    assert.doesNotMatch(report.verdict ?? '', /1 app stays|1 of 1 app promoted/, what);
  }
});

test('a failed target says what users see, which copy may have stayed, and that another run is safe', () => {
  const to = target({ steps: [REPLACE, { do: 'publish', stream: { id: 's2', name: 'Board' } }] });
  const report = ran(plan({ targets: [to] }), [
    came(to, {
      failure: 'Site "prod" gave no answer when asked to upload app "Sales": the connection broke off.',
      streams: [
        { stream, did: 'not done' },
        { stream: { id: 's2', name: 'Board' }, did: 'not done' },
      ],
      left: [{ name: 'qrs-action working copy', certain: false }],
    }),
  ]);
  assert.deepEqual(report.failures, [
    'App "Sales": Site "prod" gave no answer when asked to upload app "Sales": the connection broke off. ' +
      'On prod users still see the version of 20 Nov 06:30 UTC in Finance. On prod the app is not in Board yet. ' +
      'A working copy may have stayed on prod, called "qrs-action working copy"; a later run removes it once it shows no sign of life.',
  ]);
  assert.deepEqual(report.warnings, [], 'said once');
  assert.match(
    report.verdict ?? '',
    /^0 of 1 app promoted in 41 s; Sales failed on prod\. Remove the cause and run it again: the next run does only what is missing\.$/,
  );
  const text = summaryOf(report);
  assert.equal(text.split('gave no answer').length, 2, 'once in the summary');
  assert.ok(text.indexOf('gave no answer') < text.indexOf('<table>'), 'above the table');
});

test('a rolled back app is seen again, and one that was never replaced is seen still', () => {
  const board = { id: 's2', name: 'Board' };
  const to = target({ steps: [REPLACE, { ...REPLACE, stream: board }] });
  const report = ran(plan({ targets: [to] }), [
    came(to, {
      failure: 'Site "prod" refused it.',
      streams: [
        { stream, did: 'rolled back' },
        { stream: board, did: 'not done' },
      ],
    }),
  ]);
  assert.deepEqual(report.failures, [
    'App "Sales": Site "prod" refused it. On prod users see the version of 20 Nov 06:30 UTC again in Finance. ' +
      'On prod users still see the version of 20 Nov 06:30 UTC in Board.',
  ]);
});

test('a site that is away is one failure, however many apps wait for it', () => {
  const names = Array.from({ length: 40 }, (_, index) => `Region ${index + 1}`);
  const to = target({ steps: [REPLACE] });
  const apps = names.map((name, index) => plan({ app: appOf(index + 10, name), targets: [to] }));
  const report = reportOf({
    plan: planOf(...apps),
    heldBack: false,
    dryRun: false,
    took: 1,
    outcomes: apps.map(app => ({
      plan: app,
      targets: [
        came(to, {
          failure: `Site "prod" gave no answer when asked to upload app "${app.app.name}": connection refused.`,
          away: { site: 'prod', answer: 'connection refused' },
          streams: [{ stream, did: 'not done' }],
        }),
      ],
      tag: 'none',
      done: [],
      notes: [],
    })),
  });
  assert.deepEqual(report.failures.length, 1, report.failures.join('\n'));
  assert.match(
    report.failures.join(''),
    /^Site "prod" is away: connection refused\. .* 40 apps \("Region 1", .*, …\)/,
  );
});
