import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantOf, isTimeZone, wallTime } from '../../src/promote/reload-task/time-zone.ts';

/** Wall times of zones, also when their clocks change. */

const wall = (text: string) => Date.parse(`${text}Z`);

const ROWS: [zone: string, wall: string, instant: string][] = [
  ['Europe/Berlin', '2026-11-27T02:00', '2026-11-27T01:00Z'],
  ['Europe/Berlin', '2026-07-01T02:00', '2026-07-01T00:00Z'],
  ['Europe/Berlin', '2026-03-29T01:59', '2026-03-29T00:59Z'],
  ['Europe/Berlin', '2026-03-29T03:00', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T03:30', '2026-10-25T02:30Z'],
  ['America/New_York', '2026-11-01T03:00', '2026-11-01T08:00Z'],
  ['Asia/Kolkata', '2026-11-27T00:15', '2026-11-26T18:45Z'],
  ['Etc/UTC', '2026-11-27T00:15', '2026-11-27T00:15Z'],
  ['Pacific/Kiritimati', '2026-01-01T10:00', '2025-12-31T20:00Z'],
];
for (const [zone, local, instant] of ROWS) {
  test(`time zone: ${local} in ${zone} is ${instant}`, () => {
    assert.equal(new Date(instantOf(wall(local), zone)).toISOString(), new Date(instant).toISOString());
    assert.equal(wallTime(Date.parse(instant), zone), wall(local));
  });
}

test('time zone: of a skipped hour it is behind the change, of a repeated one it is one of the two', () => {
  assert.equal(
    new Date(instantOf(wall('2026-03-29T02:30'), 'Europe/Berlin')).toISOString().slice(11, 16),
    '01:30',
  );
  assert.match(new Date(instantOf(wall('2026-10-25T02:30'), 'Europe/Berlin')).toISOString(), /T0[01]:30/);
});

test('time zone: names are those of the IANA, in any case', () => {
  for (const name of ['Europe/Berlin', 'UTC', 'Etc/UTC', 'europe/berlin']) assert.ok(isTimeZone(name), name);
  for (const name of ['Berlin', 'Europe/Berlim', '']) assert.ok(!isTimeZone(name), name);
});
