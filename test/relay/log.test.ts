import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { redacting } from '../../src/net/redact.ts';
import { jsonLog, lineWriter } from '../../src/relay/log.ts';

test('log: a full disk loses lines, ends nothing, and takes no memory without end', {
  skip: !existsSync('/dev/full'),
}, async () => {
  const log = jsonLog(redacting(), 'info', lineWriter('/dev/full'));
  const line = 'x'.repeat(10_000);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 20_000; count += 1) log.info(line);
  // An error of a stream that nobody listens to would end the process now.
  await new Promise(resolve => setImmediate(resolve));
  assert.ok(process.memoryUsage().heapUsed - before < 100_000_000);
});
