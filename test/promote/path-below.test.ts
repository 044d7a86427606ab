import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { InputError } from '../../src/base/errors.ts';
import { pathBelow } from '../../src/promote/app-file/path-below.ts';

const place = realpathSync(mkdtempSync(join(tmpdir(), 'qrs-action-below-')));
after(() => rmSync(place, { recursive: true }));
const workspace = join(place, 'workspace');
mkdirSync(join(workspace, 'kept'), { recursive: true });
mkdirSync(join(place, 'else'));
symlinkSync(join(place, 'else'), join(workspace, 'out'));
symlinkSync(join(workspace, 'kept'), join(workspace, 'in'));

for (const path of ['backup', './backup', 'kept/../backup', 'in/backup', '/absolute/anywhere']) {
  test(`a path that stays below, or is absolute: ${path}`, async () => {
    assert.ok(await pathBelow(path, workspace));
  });
}

for (const path of ['..', '../else', 'kept/../../else', 'out', 'out/backup', 'out/not/yet/there']) {
  test(`a path that leads out: ${path}`, () =>
    assert.rejects(pathBelow(path, workspace), (error: unknown) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /leads out of .*\. Give an absolute path if that is meant\.$/);
      return true;
    }));
}
