import type { Fault } from '../../simulator/wire/faults.ts';
import { FOR_GOOD } from './scene.ts';

/**
 * The promises about promotion, held against a failure at every single request, where a spec asks for more than
 * test/promote/faults.test.ts has: a backup with its rollback, and `done`.
 */

/** An operation is tried four times: with these it fails, and the site is well again for the clean-up. */
export const PASSING: [string, Fault, number][] = [
  ['is refused', { status: 403, body: 'Forbidden' }, 1],
  ['is done, but nobody hears of it', { hangUp: 'after' }, 4],
];

const LASTING: [string, Fault, number][] = [
  ['is refused for good', { status: 403, body: 'Forbidden' }, FOR_GOOD],
  ['is done, and answered 500, for good', { refuse: 500, doneFirst: true }, FOR_GOOD],
];
export const FAULTS = [...PASSING, ...LASTING];
