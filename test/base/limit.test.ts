import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limiter } from '../../src/base/limit.ts';

/** Work that ends when it is told to. */
function work() {
  const began: number[] = [];
  const ends = new Map<number, PromiseWithResolvers<string>>();
  const start = (number: number) => {
    const end = Promise.withResolvers<string>();
    began.push(number);
    ends.set(number, end);
    return end.promise;
  };
  const passed = () => new Promise(resolve => setImmediate(resolve));
  return { began, ends, start, passed };
}

test('limit: no more than so many at a time, and the others in the order in which they came', async () => {
  const { began, ends, start, passed } = work();
  const limit = limiter(2);
  const all = [1, 2, 3, 4].map(number => limit(() => start(number)));
  await passed();
  assert.deepEqual(began, [1, 2]);
  ends.get(2)?.resolve('two');
  await passed();
  assert.deepEqual(began, [1, 2, 3]);
  ends.get(1)?.resolve('one');
  ends.get(3)?.resolve('three');
  await passed();
  assert.deepEqual(began, [1, 2, 3, 4]);
  ends.get(4)?.resolve('four');
  assert.deepEqual(await Promise.all(all), ['one', 'two', 'three', 'four']);
});

test('limit: work that fails gives its place to the next', async () => {
  const { began, ends, start, passed } = work();
  const limit = limiter(1);
  const failing = limit(() => start(1));
  const throwing = limit(() => {
    throw new Error('at once');
  });
  const last = limit(() => start(3));
  await passed();
  assert.deepEqual(began, [1]);
  ends.get(1)?.reject(new Error('broken'));
  await assert.rejects(failing, /broken/);
  await assert.rejects(throwing, /at once/);
  await passed();
  assert.deepEqual(began, [1, 3]);
  ends.get(3)?.resolve('three');
  assert.equal(await last, 'three');
});

test('limit: a place that became free while nobody waited is there again, once', async () => {
  const { began, ends, start, passed } = work();
  const limit = limiter(1);
  const first = limit(() => start(1));
  ends.get(1)?.resolve('');
  await first;
  void limit(() => start(2));
  void limit(() => start(3));
  await passed();
  assert.deepEqual(began, [1, 2]);
});
