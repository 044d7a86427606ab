import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, win32 } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { InputError } from '../src/base/errors.ts';
import { safeFileName } from '../src/base/file-name.ts';
import { readText } from '../src/base/read-text.ts';
import { readInputs } from '../src/entry/inputs.ts';
import { readSpec } from '../src/promote/spec.ts';

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

const around = { environment: {}, secret: () => {} };
const given = (inputs: Record<string, string>) => ({
  value: (name: string) => inputs[name] ?? '',
  called: (name: string) => `Input "${name}"`,
});

test('portable: a path of Windows is a path, and YAML that begins like one is YAML', () => {
  for (const path of [
    'C:\\qlik\\promote.yml',
    '\\\\server\\share\\a {b}.yml',
    'D:promote.yml',
    '..\\promote.yml',
  ]) {
    const read = () => readInputs(given({ promote: path, sites: '{ dev: {} }' }), around);
    assert.throws(read, /Input "promote" is neither YAML nor the path of a file/, path);
  }
  const yaml = () => readInputs(given({ promote: 'C: \\x', sites: 'gone.yml' }), around);
  const isOfSites = (error: unknown) => error instanceof InputError && !error.message.includes('"promote"');
  assert.throws(yaml, isOfSites);
});

test('portable: what PowerShell writes is read: a byte order mark, UTF-16, CRLF', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qrs action Prüfung '));
  try {
    const file = join(folder, 'größe.yml');
    const text = 'from: dev\r\nto: [{ site: tést, streams: [Everyone] }]\r\n';
    for (const bytes of [
      Buffer.from(text),
      Buffer.from(`\uFEFF${text}`),
      Buffer.from(`\uFEFF${text}`, 'utf16le'),
    ]) {
      writeFileSync(file, bytes);
      const spec = readSpec({ from: file, text: readText(file) });
      assert.ok(spec.to.by === 'list' && spec.to.targets[0]?.site === 'tést');
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('portable: the name of a file stays in its folder on Windows, and Windows takes it', () => {
  for (const name of [
    'C:\\x',
    '..\\..\\x',
    'a:b',
    '\\\\server\\x',
    'x/../y',
    'a?*<>|"b',
    'NUL',
    'com1.qvf',
    'end. ',
  ]) {
    const path = win32.join('C:\\backup', `${safeFileName(name)}-1.qvf`);
    assert.equal(win32.dirname(path), 'C:\\backup', name);
    assert.doesNotMatch(win32.basename(path), /[<>:"/\\|?*]/, name);
  }
});
