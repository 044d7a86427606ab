import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedClock } from '../../src/relay/shared-clock.ts';

const sleep = () => Promise.resolve();

test('shared clock: two relays whose machines differ by a minute have one time, that of the database', async () => {
  let real = 1_000_000;
  const machine = (ahead: number) =>
    sharedClock({ now: () => real + ahead, steady: () => real - 999_000, sleep });
  const relays = [machine(60_000), machine(-3_000)];
  assert.deepEqual(
    relays.map(({ clock }) => clock.steady()),
    [1_060_000, 997_000],
  );
  const database = async () => {
    real += 20;
    const time = real + 500;
    real += 20;
    return time;
  };
  const behind = [];
  for (const { follow } of relays) behind.push(await follow(database));
  assert.deepEqual(behind, [-59_500, 3_500]);
  assert.deepEqual(
    relays.map(({ clock }) => clock.steady()),
    [real + 500, real + 500],
  );
  // Who sets the machine's clock changes nothing.
  real += 10_000;
  assert.equal(relays[0]?.clock.steady(), real + 500);
});
