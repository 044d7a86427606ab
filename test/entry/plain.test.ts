import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainScreen } from '../../src/entry/plain.ts';
import { failureReport } from '../../src/entry/screen.ts';

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

test('plain: on a terminal one line says what is waited for, and leaves nothing behind', ({ mock }) => {
  mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const { written, screen } = screenOf(true);
  const done = screen.log.waiting?.(
    time => `prod: importing "Sales" for ${time}, and for longer than a line`,
  );
  for (let second = 0; second < 3; second += 1) mock.timers.tick(1000);
  assert.ok(written.err.startsWith(`${CLEAR}prod: importing "Sales" for 1.0`));
  assert.ok(!written.err.includes('\n'));
  assert.equal(written.err.split(CLEAR).length, 4);
  assert.ok(
    written.err.split(CLEAR).every(line => line.length < 40),
    'no line wraps',
  );
  done?.();
  screen.log.info('done');
  assert.ok(written.err.endsWith(`${CLEAR}done\n`));
});

test('plain: elsewhere a line comes after ten seconds', ({ mock }) => {
  mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const { written, screen } = screenOf(false);
  screen.log.waiting?.(time => `prod: importing "Sales" for ${time}`);
  mock.timers.tick(9000);
  assert.equal(written.err, '');
  mock.timers.tick(1000);
  assert.equal(written.err, 'prod: importing "Sales" for 10 s.\n');
});

test('plain: a failure that was shown when it happened is not shown again with the report', async () => {
  const { written, screen } = screenOf(false);
  screen.log.failure('Task "A" ended as FinishedFail.');
  await screen.show({
    ...failureReport([]),
    failures: ['Task "A" ended as FinishedFail.', 'Task "B" was lost.'],
  });
  assert.equal(written.err, 'Error: Task "A" ended as FinishedFail.\nError: Task "B" was lost.\n');
});

test('plain: a name makes no command and no escape sequence, and a secret is not shown, not even in a line that is written over', ({
  mock,
}) => {
  const { written, screen } = screenOf(true);
  screen.secret(SECRET);
  const name = `\u001B[2J\r::error::x ##vso[task.complete]y ##[error]z ${SECRET} ${Buffer.from(SECRET).toString('base64')}`;
  for (const show of [screen.log.info, screen.log.warning, screen.warn, screen.notice]) show(name);
  mock.timers.enable({ apis: ['setInterval', 'Date'] });
  screen.log.waiting?.(() => name);
  mock.timers.tick(1000);
  assert.ok(!written.err.includes('\u001B[2J'));
  assert.doesNotMatch(written.err, /^\s*::|##vso\[|##\[/m);
  assert.doesNotMatch(written.err, /MARKED/);
  assert.ok(!written.err.includes(Buffer.from(SECRET).toString('base64')));
  assert.equal(written.out, '');
});
