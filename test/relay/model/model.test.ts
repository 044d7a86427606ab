import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbers } from '../../numbers.ts';
import { ofSqlite } from '../store-place.ts';
import { stepsOf } from './steps.ts';
import { walk } from './walk.ts';

/** `npm run test:model` walks more and longer; a seed that fails here fails there, and is shrunk. */
const SEEDS = [1, 4, 7, 11, 3, 6, 9, 12];
const STEPS = 120;
/** No further walk begins after so much real time, ms. On PostgreSQL it takes longer, and runs by itself. */
const ENOUGH = ofSqlite ? 90_000 : 20_000;

const began = Date.now();
for (const seed of SEEDS) {
  test(`the relay keeps its word on walk ${seed} of ${STEPS} steps`, async context => {
    if (Date.now() - began > ENOUGH) return context.skip('there was no time');
    const { wrong, calls, edits } = await walk(seed, stepsOf(numbers(seed), STEPS));
    assert.deepEqual(wrong, []);
    // Otherwise nothing was tried.
    assert.ok(edits > 40 && calls > 20, `${edits} edits, ${calls} calls`);
  });
}
