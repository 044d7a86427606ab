import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasTooMany, readBeginning, readBody } from '../../src/net/body.ts';

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
  const bytes = await readBody(sending(state(), 3), 30);
  assert.equal(bytes?.toString(), '012345678901234567890123456789');
});

test('a body above its limit is read no further, whatever follows', async () => {
  const far = state();
  assert.equal(await readBody(sending(far, 1_000_000), 25), undefined);
  assert.deepEqual(far, { sent: 30, closed: true });
});

test('a text with too many things in it is not parsed', () => {
  assert.ok(hasTooMany(Buffer.from('[{},{},{}]'), 3));
  assert.ok(!hasTooMany(Buffer.from('[{},{},{}]'), 4));
});

test('of a refusal the beginning is read, and no more', async () => {
  const far = state();
  assert.equal(await readBeginning(sending(far, 1_000_000), 15), '012345678901234');
  assert.deepEqual(far, { sent: 20, closed: true });
});

test('of a body that breaks off, its beginning is told', async () => {
  assert.equal(await readBeginning(sending(state(), 2, true)), '01234567890123456789');
});
