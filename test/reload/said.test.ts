import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '../../src/base/log.ts';
import { runWords } from '../../src/reload/run-words.ts';
import { keepingLog } from '../sites-for-tests.ts';
import { on } from './scene.ts';

/** What is said while runs go on, and when they end. */

const MINUTE = 60_000;
const OK = { ends: 'FinishedSuccess' } as const;
const TASKS = {
  apps: [{ name: 'Sales' }, { name: 'Stock' }],
  tasks: [
    { name: 'Nightly Sales', app: 'Sales', runs: [{ takes: '58m', ...OK }] },
    {
      name: 'Hourly Stock',
      app: 'Stock',
      runs: [{ takes: '1m', ends: 'FinishedFail' as const, log: 'Error: no file' }],
    },
  ],
};

on(
  'a run that ends is told when it ends, a failed one as a failure, and no sentence twice',
  TASKS,
  async set => {
    const told: { at: number; text: string }[] = [];
    const began = set.time.now();
    const say = (kind: string) => (text: string) =>
      void told.push({ at: set.time.now() - began, text: `${kind}${text}` });
    const log: Log = { ...keepingLog(), info: say(''), failure: say('Error: ') };
    const report = await set.run('tasks: [Nightly Sales, Hourly Stock]', { log });
    const failed = told.filter(({ text }) => text.startsWith('Error: '));
    assert.deepEqual(
      failed.map(({ text }) => text),
      report.failures.map(sentence => `Error: ${sentence}`),
    );
    // It ends after a minute. Each look of the product at the other one puts the time forward, also while it reads the
    // log of the one that failed.
    assert.ok(
      failed.every(({ at }) => at < 30 * MINUTE),
      'not when all are done',
    );
    const ended = told.find(({ text }) => text === 'prod: "Nightly Sales" succeeded after 58 min 0 s.');
    assert.ok(ended && ended.at >= 58 * MINUTE);
    const all = [...told.map(({ text }) => text), ...report.lines];
    assert.deepEqual(
      all.filter((text, index) => all.indexOf(text) !== index),
      [],
    );
    assert.match(report.verdict ?? '', /^1 of 2 tasks succeeded on prod in 58 min .*; not: Hourly Stock\.$/);
  },
);

on(
  'the usual time comes from earlier runs, which are read in one request for all tasks',
  TASKS,
  async set => {
    await set.run('tasks: [Nightly Sales, Hourly Stock]');
    set.prod.counters.reset();
    const waits = new Set<string>();
    const words: ((time: string) => string)[] = [];
    const log: Log = {
      ...keepingLog(),
      waiting: what => {
        words.push(what);
        return () => void waits.add(what('1 s'));
      },
    };
    const report = await set.run('tasks: [Nightly Sales, Hourly Stock]', { log });
    assert.ok(report.failures.length > 0);
    const history = set.prod.counters.requests.findIndex(({ path }) =>
      path.endsWith('/executionresult/full'),
    );
    const start = set.prod.counters.requests.findIndex(({ path }) => path.endsWith('/start/synchronous'));
    const before = set.prod.counters.requests.slice(0, start);
    assert.ok(history >= 0 && history < start);
    assert.ok(before.filter(({ path }) => path.endsWith('/executionresult/full')).length <= 3);
    assert.ok(
      [...waits].some(text => /^Nightly Sales: .*, usually 58 min 0 s$|^Nightly Sales: ended/.test(text)),
      [...waits].join('\n'),
    );
    assert.ok(
      ![...waits].some(text => /Hourly Stock.*usually/.test(text)),
      'it never succeeded: nothing is usual',
    );
  },
);

const AT = Date.parse('2026-11-25T20:12:05.000Z');
const NOW = {
  qrs: { clock: { now: () => AT, sleep: async () => {} }, ahead: () => 0 },
  time: '12 min',
  gone: false,
};
const SESSION = {
  id: 's',
  task: 't',
  user: undefined,
  startTime: '2026-11-25T20:00:00.000Z',
  node: 'sched-01',
};
const USUAL = { name: 'Nightly Sales', usual: 58 * MINUTE };

for (const [status, says] of [
  ['Started', 'Nightly Sales: started 12 min 5 s ago on sched-01, usually 58 min 0 s'],
  ['Queued', 'Nightly Sales: queued on sched-01 for 12 min 5 s, usually 58 min 0 s'],
  ['Triggered', 'Nightly Sales: queued on sched-01 for 12 min 5 s, usually 58 min 0 s'],
  ['Retry', 'Nightly Sales: failed once, and is tried again on sched-01, usually 58 min 0 s'],
  ['Aborting', 'Nightly Sales: being stopped on sched-01'],
] as const) {
  test(`reload: a run that is ${status}`, () => {
    assert.equal(runWords(USUAL, { ...SESSION, status }, NOW), says);
  });
}

test('reload: what a site does not say of a run is not said', () => {
  const plain = { ...SESSION, startTime: '1753-01-01T00:00:00.000Z', node: undefined };
  const unusual = { name: 'Nightly Sales', usual: undefined };
  assert.equal(runWords(unusual, { ...plain, status: 'Started' }, NOW), 'Nightly Sales: started 12 min ago');
  assert.equal(runWords(unusual, { ...plain, status: undefined }, NOW), 'Nightly Sales: followed for 12 min');
  assert.equal(runWords(unusual, undefined, NOW), 'Nightly Sales: followed for 12 min');
  assert.equal(
    runWords(USUAL, undefined, { ...NOW, gone: true }),
    'Nightly Sales: ended; waiting for its record for 12 min',
  );
});
