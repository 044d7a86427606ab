import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withProgress } from '../../src/base/progress.ts';
import { plainScreen } from '../../src/entry/plain.ts';

/** To the beginning of the line, and erase it. */
const CLEAR = '\r\u001B[K';
const SECRET = 'MARKED-secret-of-a-site';

function screenOf(isTTY: boolean, json = false) {
  const written = { out: '', err: '' };
  const to = (name: 'out' | 'err') => ({
    isTTY,
    columns: 40,
    write: (text: string) => {
      written[name] += text;
    },
  });
  return { written, screen: plainScreen({ out: to('out'), err: to('err'), json, debug: false }) };
}

test('plain: on a terminal one line says how far a transfer is, and leaves nothing behind', async () => {
  const { written, screen } = screenOf(true);
  let time = 0;
  const clock = { now: () => time, sleep: async () => {} };
  async function* content() {
    for (let piece = 0; piece < 4; piece += 1) {
      time += 1000;
      yield new Uint8Array(1_000_000);
    }
  }
  const watched = withProgress(content(), {
    clock,
    log: screen.log,
    what: 'dev: exporting "Sales"',
    total: 4_000_000,
  });
  for await (const _ of watched);
  assert.ok(written.err.startsWith(`${CLEAR}dev: exporting "Sales": 1.0 MB of 4.0`));
  assert.ok(!written.err.includes('\n'));
  assert.ok(
    written.err.split(CLEAR).every(line => line.length < 40),
    'no line wraps',
  );
  screen.log.info('done');
  assert.ok(written.err.endsWith(`${CLEAR}done\n`));
});

test('plain: elsewhere there is no such line', () => {
  assert.equal(screenOf(false).screen.log.progress, undefined);
});

test('plain: a name makes no command and no escape sequence, and a secret is not shown, not even in a line that is written over', () => {
  const { written, screen } = screenOf(true);
  screen.secret(SECRET);
  const name = `\u001B[2J\r::error::x ##vso[task.complete]y ##[error]z ${SECRET} ${Buffer.from(SECRET).toString('base64')}`;
  for (const show of [screen.log.info, screen.log.warning, screen.warn, screen.notice]) show(name);
  screen.log.progress?.(name);
  assert.ok(!written.err.includes('\u001B[2J'));
  assert.doesNotMatch(written.err, /^\s*::|##vso\[|##\[/m);
  assert.doesNotMatch(written.err, /MARKED/);
  assert.ok(!written.err.includes(Buffer.from(SECRET).toString('base64')));
  assert.equal(written.out, '');
});
