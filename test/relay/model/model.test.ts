import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbers } from '../../numbers.ts';
import { stepsOf } from './steps.ts';
import { walk } from './walk.ts';

/** `npm run test:model` walks more and longer; a seed that fails here fails there, and is shrunk. */
const SEEDS = [1, 4, 3];
const STEPS = 120;

for (const seed of SEEDS) {
  test(`the relay keeps its word on walk ${seed} of ${STEPS} steps`, async () => {
    const { wrong, calls, edits } = await walk(seed, stepsOf(numbers(seed), STEPS));
    assert.deepEqual(wrong, []);
    // Otherwise nothing was tried.
    assert.ok(edits > 40 && calls > 20, `${edits} edits, ${calls} calls`);
  });
}
