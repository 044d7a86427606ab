import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { triggerDifferences } from '../../src/promote/reload-task/differences.ts';
import { firstStart, isStart } from '../../src/promote/reload-task/first-start.ts';
import type { Schedule } from '../../src/promote/reload-task/reload-task-shape.ts';
import { startWords } from '../../src/promote/reload-task/task-words.ts';
import { wallTime } from '../../src/promote/reload-task/time-zone.ts';
import { readSpec } from '../../src/promote/spec.ts';
import { scheduleBody } from '../../src/qrs/reload-tasks/triggers.ts';

/** When a reload task starts: what a spec may say, its words, and its first start. */

const MINUTE = 60_000;

function taskIn(text: string) {
  const spec = `from: dev\nto: [{ site: test, streams: [A] }]\nreload-task: ${text}`;
  const { to } = readSpec({ from: 'spec', text: spec });
  const options = to.by === 'list' ? to.targets[0]?.options.reloadTask : undefined;
  return options ?? assert.fail('no task');
}

const WORDS: [task: string, words: string][] = [
  ['{}', 'started by hand'],
  ['{ enabled: false }', 'started by hand, disabled'],
  ['{ schedule: { every: 1d, at: "02:00", timezone: Europe/Berlin } }', 'daily at 02:00 Europe/Berlin'],
  ['{ schedule: { every: 1d, timezone: europe/berlin } }', 'daily at 00:00 Europe/Berlin'],
  ['{ schedule: { every: 1d, timezone: EST5EDT } }', 'daily at 00:00 EST5EDT'],
  ['{ schedule: { every: 7d, at: 2:05 } }', 'every 7 days at 02:05 Etc/UTC'],
  ['{ schedule: { every: 1h } }', 'hourly from 00:00 Etc/UTC'],
  ['{ schedule: { every: 90m, at: "00:15" } }', 'every 1 h 30 min from 00:15 Etc/UTC'],
  ['{ schedule: { every: 24h, at: "23:59" } }', 'daily at 23:59 Etc/UTC'],
  ['{ after: [A] }', 'after "A" succeeded'],
  [
    '{ schedule: { every: 36h }, after: [A, B, C, A] }',
    'every 36 h from 00:00 Etc/UTC, and after "A", "B" and "C" succeeded',
  ],
];
for (const [task, words] of WORDS) {
  test(`reload-task: ${task} starts ${words}`, () => assert.equal(startWords(taskIn(task)), words));
}

const WRONG: [task: string, says: RegExp][] = [
  ['{ schedule: { every: soon } }', /must be a duration in whole minutes/],
  ['{ schedule: { every: 90s } }', /must be a duration in whole minutes/],
  ['{ schedule: { at: "02:00" } }', /every/],
  ['{ schedule: { every: 1d, at: "25:00" } }', /must be a time of day such as "02:00"/],
  ['{ schedule: { every: 1d, timezone: Europe/Berlim } }', /must be a time zone such as Europe\/Berlin/],
  ['{ schedule: { every: 1d, timezone: "+01:00" } }', /must be a time zone such as/],
  ['{ name: "Reload {ap}" }', /may have \{app\} and \{stream\} in it/],
  ['{ retries: 21 }', /must be at most 20/],
  ['{ timeout: 10s }', /must be a duration in whole minutes/],
  ['{ start: true }', /start/],
  ['true', /must be false or a mapping/],
];
for (const [task, says] of WRONG) {
  test(`reload-task: ${task} is a mistake with its reason`, () => assert.throws(() => taskIn(task), says));
}

const STARTS: [now: string, schedule: Schedule, wall: string, instant: string][] = [
  // Before two in Berlin, and after.
  [
    '2026-11-26T00:30Z',
    { every: 1440, at: 120, timeZone: 'Europe/Berlin' },
    '2026-11-26T02:00',
    '2026-11-26T01:00Z',
  ],
  [
    '2026-11-26T01:30Z',
    { every: 1440, at: 120, timeZone: 'Europe/Berlin' },
    '2026-11-27T02:00',
    '2026-11-27T01:00Z',
  ],
  // In summer the same time is another instant.
  [
    '2026-07-01T12:00Z',
    { every: 1440, at: 120, timeZone: 'Europe/Berlin' },
    '2026-07-02T02:00',
    '2026-07-02T00:00Z',
  ],
  // The clocks go forward and back in the night before.
  [
    '2026-03-28T12:00Z',
    { every: 1440, at: 300, timeZone: 'Europe/Berlin' },
    '2026-03-29T05:00',
    '2026-03-29T03:00Z',
  ],
  [
    '2026-10-24T12:00Z',
    { every: 1440, at: 300, timeZone: 'Europe/Berlin' },
    '2026-10-25T05:00',
    '2026-10-25T04:00Z',
  ],
  // Two in the morning in New York has passed as a time of UTC, so the day after is the first.
  [
    '2026-11-26T06:00Z',
    { every: 1440, at: 120, timeZone: 'America/New_York' },
    '2026-11-27T02:00',
    '2026-11-27T07:00Z',
  ],
  ['2026-11-26T06:00Z', { every: 60, at: 15, timeZone: 'Etc/UTC' }, '2026-11-26T06:15', '2026-11-26T06:15Z'],
  // A start within two minutes might be past when it is stored.
  ['2026-11-26T06:14Z', { every: 60, at: 15, timeZone: 'Etc/UTC' }, '2026-11-26T07:15', '2026-11-26T07:15Z'],
];
for (const [now, schedule, wall, instant] of STARTS) {
  test(`reload-task: at ${now} the first start of ${JSON.stringify(schedule)} is ${wall}`, () => {
    const start = firstStart(schedule, Date.parse(now));
    assert.equal(start.wall, `${wall}:00.000`);
    assert.equal(new Date(start.instant).toISOString(), new Date(instant).toISOString());
  });
}

test('reload-task: the first start is on time, in the future by either reading, and not far away', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Pacific/Auckland',
    'Etc/UTC',
    'America/St_Johns',
  ];
  fc.assert(
    fc.property(
      fc.record({
        every: fc.constantFrom(1, 5, 30, 60, 90, 360, 1440, 2880, 10080),
        at: fc.integer({ min: 0, max: 1439 }),
        timeZone: fc.constantFrom(...zones),
      }),
      fc.date({ min: new Date('2026-01-01'), max: new Date('2028-01-01'), noInvalidDate: true }),
      (schedule, date) => {
        const now = date.getTime();
        const { wall, instant } = firstStart(schedule, now);
        const written = Date.parse(`${wall}Z`);
        assert.ok(instant > now && written > now, 'neither reading starts it at once');
        assert.ok(instant - now < 51 * 60 * MINUTE, 'within two days');
        assert.ok(isStart(schedule, written));
        const shift = Math.abs(wallTime(instant, schedule.timeZone) - written);
        assert.ok(
          shift === 0 || shift <= 60 * MINUTE,
          'as the clocks of the zone show it, but for a skipped hour',
        );
      },
    ),
  );
});

test('reload-task: a start that a change of the clocks skips is on time behind it, and a repeated one both times', () => {
  const schedule = { every: 1440, at: 150, timeZone: 'Europe/Berlin' };
  const differs = (nextExecution: string) => {
    const more = { id: crypto.randomUUID(), startDate: '', operational: { nextExecution } };
    const event = { ...scheduleBody('daily', { ...schedule, start: '' }), ...more };
    return triggerDifferences({ schedules: [event], chains: [] }, { schedule, after: undefined });
  };
  for (const next of ['2027-03-28T01:30:00Z', '2027-10-31T00:30:00Z', '2027-10-31T01:30:00Z'])
    assert.deepEqual(differs(next), [], next);
  for (const next of ['2027-03-28T02:30:00Z', '2027-03-29T01:30:00Z', '2027-10-31T02:30:00Z'])
    assert.equal(differs(next).length, 1, next);
});
