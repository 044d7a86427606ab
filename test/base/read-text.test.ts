import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readLimited, readText } from '../../src/base/read-text.ts';

const DEVICE = '/dev/zero';
const skip = process.platform === 'win32' && 'Windows has no such device';

test('read: a device without end is read up to the limit alone', { skip }, () => {
  assert.throws(() => readText(DEVICE), { code: 'EFBIG' });
});

test('read: a file of the limit is read whole, one of a byte more is not', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'qrs-action-read-')), 'x');
  writeFileSync(file, Buffer.alloc(100_000, 'x'));
  assert.equal(readLimited(file, 100_000).length, 100_000);
  assert.throws(() => readLimited(file, 99_999), { code: 'EFBIG' });
});
