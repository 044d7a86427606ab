import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countBytes, shown, waitingBoard, whileWaiting } from '../../src/base/waiting.ts';

/** A board on a clock that the test moves by hand, a second at a time. */
function onBoard(terminal = false) {
  let now = 0;
  const ticks = new Set<() => void>();
  const said: { at: number; text: string }[] = [];
  const say = (text: string) => void said.push({ at: now / 1000, text });
  const board = waitingBoard({
    now: () => now,
    every: (_, tick) => {
      ticks.add(tick);
      return () => ticks.delete(tick);
    },
    line: say,
    status: terminal ? say : undefined,
  });
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      now += 1000;
      for (const tick of ticks) tick();
    }
  };
  const clock = { now: () => now, sleep: async () => {} };
  return { board, pass, said, ticks, clock };
}

test('waiting: in a log a line after ten seconds, then fewer and fewer, never more than five minutes apart', () => {
  const { board, pass, said, ticks } = onBoard();
  const done = board.waiting(time => `prod: asked to replace app "Sales" for ${time}`);
  pass(9);
  assert.equal(said.length, 0);
  pass(1);
  assert.deepEqual(said, [{ at: 10, text: 'prod: asked to replace app "Sales" for 10 s.' }]);
  pass(3590);
  const pauses = said.map(({ at }, index) => at - (said[index - 1]?.at ?? 0));
  assert.deepEqual(
    pauses.toSorted((one, other) => one - other),
    pauses,
    'pauses only grow',
  );
  assert.ok(pauses.every(pause => pause >= 10 && pause <= 300));
  assert.ok(said.length > 15 && said.length < 35, `${said.length} lines an hour`);
  done();
  assert.equal(ticks.size, 0, 'nothing ticks on');
});

test('waiting: on a terminal the line is written anew each second, also while short waits follow each other', () => {
  const { board, pass, said } = onBoard(true);
  for (let call = 0; call < 40; call += 1) {
    const done = board.waiting(time => `dev: asked to list apps for ${time}`);
    pass(call % 2);
    done();
  }
  for (const [index, { at }] of said.entries()) assert.ok(at - (said[index - 1]?.at ?? 0) <= 2);
  assert.ok(said.length >= 19);
});

test('waiting: what is waited for at the same time shares a line, the longest first', () => {
  const { board, pass, said } = onBoard();
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    board.waiting(time => `${name} for ${time}`);
    pass(1);
  }
  pass(5);
  assert.deepEqual(said, [{ at: 10, text: 'a for 10 s; b for 9.0 s; c for 8.0 s; and 2 more.' }]);
});

test('waiting: a wait that fails is over, too', async () => {
  const { board, ticks } = onBoard();
  const failing = whileWaiting(
    board,
    () => 'it',
    async () => {
      throw new Error('it failed');
    },
  );
  await assert.rejects(failing, /it failed/);
  assert.equal(ticks.size, 0);
});

const MB = 1_000_000;

test('waiting: a transfer says how far it is, how fast, how long yet; then what comes after its last byte', async () => {
  const { pass, clock } = onBoard();
  async function* source() {
    for (let piece = 0; piece < 12; piece += 1) {
      pass(1);
      yield new Uint8Array(MB);
    }
  }
  const after = (time: string) => `importing for ${time}`;
  const { content, words } = countBytes(source(), { clock, what: 'prod: upload', total: 12 * MB, after });
  const heard: string[] = [];
  for await (const _ of content) heard.push(words(''));
  assert.equal(heard[4], 'prod: upload: 5.0 MB of 12 MB, 1.0 MB/s, 7.0 s left');
  assert.equal(heard[9], 'prod: upload: 10 MB of 12 MB, 1.0 MB/s, 2.0 s left');
  pass(35);
  assert.equal(words(''), 'importing for 35 s');
});

test('waiting: a transfer is shown until it ends or breaks off', async () => {
  const { board, ticks, pass, said, clock } = onBoard();
  async function* source() {
    pass(10);
    yield new Uint8Array(MB);
    pass(10);
    throw new Error('broken off');
  }
  const read = async () => {
    for await (const piece of shown(board, source(), { clock, what: 'dev: download', total: undefined })) {
      assert.equal(piece.length, MB);
    }
  };
  await assert.rejects(read, /broken off/);
  assert.deepEqual(
    said.map(({ text }) => text),
    ['dev: download: 0 B, 0 B/s.', 'dev: download: 1.0 MB, 50 KB/s.'],
  );
  assert.equal(ticks.size, 0);
});
