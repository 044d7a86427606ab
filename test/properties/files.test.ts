import assert from 'node:assert/strict';
import { basename, join, posix, win32 } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { safeFileName } from '../../src/base/file-name.ts';
import { anyName } from './arbitrary.ts';

/** A name from a site becomes a part of a file name that leads nowhere else, and with an id is its own. */

const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

test('file names: any name stays in its folder, on every system', () =>
  fc.assert(
    fc.property(anyName, name => {
      const safe = safeFileName(name);
      for (const system of [posix, win32]) assert.equal(system.basename(safe), safe);
      assert.ok(safe !== '' && safe !== '.' && safe !== '..');
      assert.doesNotMatch(safe, /[\\/:*?"<>|\p{Cc}]|[. ]$/u);
      assert.doesNotMatch(safe, RESERVED);
      assert.ok(
        Buffer.byteLength(`${safe}-31ee79a6-0949-4175-ba0e-1866a60e3336-2026-11-22T10-00-00-000Z.qvf`) <= 255,
      );
    }),
  ));

test('file names: with their ids, two apps never have one file', () =>
  fc.assert(
    fc.property(anyName, fc.uuid(), anyName, fc.uuid(), (one, id, other, otherId) => {
      fc.pre(id !== otherId);
      const file = (name: string, its: string) =>
        basename(join('backup', `${safeFileName(name)}-${its}.qvf`));
      assert.notEqual(file(one, id).toLowerCase(), file(other, otherId).toLowerCase());
    }),
  ));

test('file names: a safe name is safe already', () =>
  fc.assert(
    fc.property(anyName, name => assert.equal(safeFileName(safeFileName(name)), safeFileName(name))),
  ));
