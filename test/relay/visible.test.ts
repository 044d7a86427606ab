import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redacting } from '../../src/net/redact.ts';
import { jsonLog } from '../../src/relay/log.ts';

test('the log of the relay shows control characters and marks of direction as what they are', () => {
  const lines: string[] = [];
  const log = jsonLog(redacting(), 'info', { write: line => lines.push(line) });
  log.info('app "a\u001b[2J\u202eb\u009b"');
  const { msg } = JSON.parse(lines[0] ?? '');
  assert.equal(msg, 'app "a\\u001b[2J\\u202eb\\u009b"');
});
