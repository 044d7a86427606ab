import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { runnerScreen } from '../../src/action/runner.ts';

/** What a line of the log is on stdout. */
function printed(line: string): string {
  let text = '';
  const write = mock.method(process.stdout, 'write', (piece: string) => {
    text += piece;
    return true;
  });
  try {
    runnerScreen({}).log.info(line);
  } finally {
    write.mock.restore();
  }
  return text;
}

const LINES: [string, string][] = [
  ['Sales', 'Sales\n'],
  ['a\n::warning::x\r\n  b', 'a ::warning::x b\n'],
  ['::warning::x', ': :warning::x\n'],
  [' \t\u00A0\u0085\u2003::warning::x', ': :warning::x\n'],
  ['a ##[warning]x ##[error]y', 'a # #[warning]x # #[error]y\n'],
];

for (const [line, shown] of LINES) {
  test(`log: ${JSON.stringify(line)} is no command`, () => assert.equal(printed(line), shown));
}
