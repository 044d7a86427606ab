import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someCases } from './cases.ts';
import { tried } from './tried.ts';

/** Another number gives another slice: TOGETHER_SEED=7 npm test -- test/together/together.test.ts */
const seed = Number(process.env.TOGETHER_SEED ?? 1);
const thirtySeconds = 30_000;

test(`promises hold when two runs and people meet (a slice, seed ${seed})`, async context => {
  const end = Date.now() + thirtySeconds;
  let count = 0;
  for (const one of someCases(seed, 1000)) {
    if (Date.now() > end) break;
    const { id, title, faults, told } = await tried(one);
    assert.deepEqual(faults, [], `${title}\n${told}\nagain: npm run test:together -- --case ${id}`);
    count += 1;
  }
  context.diagnostic(`${count} schedules, all kept`);
  assert.ok(count > 10, `only ${count} schedules in thirty seconds`);
});
