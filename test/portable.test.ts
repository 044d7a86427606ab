import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';

/** What works in one folder on one system alone: rules that a run on Linux cannot break by itself. */

const ROOT = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

test('portable: no URL is taken for a path: a blank in it is %20, and a drive gets a slash before it', () => {
  const files = globSync('{src,simulator,test,demo,bench}/**/*.ts', { cwd: ROOT });
  assert.ok(files.length > 200);
  for (const file of files) assert.doesNotMatch(read(file), /import\.meta\.url\)+\.pathname/, file);
});

test('portable: npm scripts have no word of a POSIX shell: npm runs them in cmd.exe on Windows', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json')));
  assert.ok(Object.keys(scripts).length > 5);
  for (const [name, script] of Object.entries(scripts)) {
    // A maintainer's own tool says itself that it needs a shell.
    if (script.startsWith('bash .ci/')) continue;
    assert.doesNotMatch(script, /\b(exec|rm|cp|mv|cat|export|sh|bash)\b|'|\$\{?\w|^\w+=|;/, name);
  }
});
