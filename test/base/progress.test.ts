import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Clock } from '../../src/base/clock.ts';
import { withProgress, withWaiting } from '../../src/base/progress.ts';
import { keepingLog } from '../sites-for-tests.ts';

const MB = 1_000_000;

/** Pieces of a megabyte, each of which takes its time to come. */
async function lines(seconds: number[], total: number | undefined): Promise<string[]> {
  let now = 0;
  const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };
  const log = keepingLog();
  async function* content() {
    for (const pause of seconds) {
      now += pause * 1000;
      yield new Uint8Array(MB);
    }
  }
  let bytes = 0;
  for await (const piece of withProgress(content(), { clock, log, what: 'dev: exporting "A"', total })) {
    bytes += piece.length;
  }
  assert.equal(bytes, seconds.length * MB, 'every byte is passed on');
  return log.lines;
}

test('progress: a quick transfer says nothing', async () => {
  assert.deepEqual(await lines([1, 1, 1, 1], 4 * MB), []);
});

test('progress: bytes, rate and what is left, once in five seconds', async () => {
  assert.deepEqual(await lines(Array(12).fill(1), 12 * MB), [
    'dev: exporting "A": 5.0 MB of 12 MB, 1.0 MB/s, 7.0 s left.',
    'dev: exporting "A": 10 MB of 12 MB, 1.0 MB/s, 2.0 s left.',
  ]);
});

test('progress: many small pieces make no more lines than one in five seconds', async () => {
  assert.equal((await lines(Array(600).fill(0.1), 600 * MB)).length, 12);
});

test('progress: the rate is that of the whole time, and a long rest is told in minutes', async () => {
  assert.deepEqual(await lines([10, 10], 20 * MB), [
    'dev: exporting "A": 1.0 MB of 20 MB, 100 KB/s, 3 min 10 s left.',
    'dev: exporting "A": 2.0 MB of 20 MB, 100 KB/s, 3 min 0 s left.',
  ]);
});

test('progress: without a known length there is no rest to tell', async () => {
  assert.deepEqual(await lines([5, 5], undefined), [
    'dev: exporting "A": 1.0 MB, 200 KB/s.',
    'dev: exporting "A": 2.0 MB, 200 KB/s.',
  ]);
});

test('progress: what breaks the content off comes through', async () => {
  const clock: Clock = { now: () => 0, sleep: () => Promise.resolve() };
  async function* content() {
    yield new Uint8Array(1);
    throw new Error('broken off');
  }
  const pieces = withProgress(content(), { clock, log: keepingLog(), what: '', total: undefined });
  const read = async () => {
    for await (const piece of pieces) assert.equal(piece.length, 1);
  };
  await assert.rejects(read, /broken off/);
});

/** What is said while something takes that many seconds to come, or to fail, and for a minute after that. */
async function saidIn(seconds: number, end: 'comes' | 'fails', { mock }: TestContext) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const clock: Clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
  const log = keepingLog();
  const work = Promise.withResolvers<string>();
  const what = (waited: string) => `dev: asked ${waited} ago`;
  const waiting = withWaiting(work.promise, { clock, log, what, first: 10_000 }).catch(String);
  // The mocked date is that of the end of a tick.
  for (let second = 0; second < seconds; second += 1) mock.timers.tick(1000);
  if (end === 'comes') work.resolve('it');
  else work.reject(new Error('it failed'));
  const came = await waiting;
  mock.timers.tick(600_000);
  return { came, lines: log.lines };
}

test('waiting: what comes soon is not talked about', async context => {
  assert.deepEqual(await saidIn(9, 'comes', context), { came: 'it', lines: [] });
});

test('waiting: a line after ten seconds, then at doubling pauses, until it comes', async context => {
  const lines = ['10 s', '30 s', '1 min 10 s'].map(waited => `dev: asked ${waited} ago`);
  assert.deepEqual(await saidIn(149, 'comes', context), { came: 'it', lines });
});

test('waiting: an hour of it is told every five minutes, and a failure comes through', async context => {
  const { came, lines } = await saidIn(3599, 'fails', context);
  assert.deepEqual([came, lines.length], ['Error: it failed', 15]);
  assert.equal(lines.at(-1), 'dev: asked 55 min 10 s ago');
});
