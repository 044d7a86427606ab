import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBeginning, readBody } from '../../src/net/body.ts';

async function* sending(state: { sent: number; closed: boolean }, pieces: number, breaks = false) {
  try {
    for (let count = 0; count < pieces; count += 1) {
      state.sent += 10;
      yield Buffer.from('0123456789');
    }
    if (breaks) throw new Error('ECONNRESET');
  } finally {
    state.closed = true;
  }
}

const state = () => ({ sent: 0, closed: false });

test('a body within its limit is read whole', async () => {
  const { bytes, whole } = await readBody(sending(state(), 3), 30);
  assert.deepEqual([bytes.toString(), whole], ['012345678901234567890123456789', true]);
});

test('a body above its limit is read no further, whatever follows', async () => {
  const far = state();
  const { bytes, whole } = await readBody(sending(far, 1_000_000), 25);
  assert.deepEqual([bytes.length, whole], [25, false]);
  assert.deepEqual(far, { sent: 30, closed: true });
});

test('of a body that breaks off, its beginning is told', async () => {
  assert.equal(await readBeginning(sending(state(), 2, true)), '01234567890123456789');
});
