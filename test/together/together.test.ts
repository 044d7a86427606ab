import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tryOne } from '../long-run.ts';
import { someCases } from './cases.ts';

/** Another number gives another slice: TOGETHER_SEED=7 npm test -- test/together/together.test.ts */
const seed = Number(process.env.TOGETHER_SEED ?? 1);
const COUNT = 30;

test(`promises hold when two runs and people meet (${COUNT} schedules of seed ${seed})`, async () => {
  for (const one of someCases(seed, COUNT)) {
    const { id, title, faults, told } = await tryOne(one);
    assert.deepEqual(faults, [], `${title}\n${told}\nagain: npm run test:together -- --case ${id}`);
  }
});
