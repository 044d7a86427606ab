import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedRead } from '../../src/base/shared-read.ts';

function counted() {
  const calls: PromiseWithResolvers<number>[] = [];
  const read = sharedRead(() => {
    const call = Promise.withResolvers<number>();
    calls.push(call);
    return call.promise;
  });
  return { calls, read };
}

test('shared read: who asks while a read is under way gets its answer, and who asks later a new one', async () => {
  const { calls, read } = counted();
  const both = [read(), read()];
  assert.equal(calls.length, 1);
  calls[0]?.resolve(7);
  assert.deepEqual(await Promise.all(both), [7, 7]);
  const later = read();
  assert.equal(calls.length, 2);
  calls[1]?.resolve(8);
  assert.equal(await later, 8);
});

test('shared read: a failure reaches all who asked, and the next one asks anew', async () => {
  const { calls, read } = counted();
  const both = [read(), read()].map(one => assert.rejects(one, /no answer/));
  calls[0]?.reject(new Error('no answer'));
  await Promise.all(both);
  const later = read();
  calls[1]?.resolve(8);
  assert.equal(await later, 8);
});
