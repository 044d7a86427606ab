import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** What dist/ holds, and what it must not hold. */

const ROOT = join(import.meta.dirname, '..');
const DIST = globSync('dist/**/*.js', { cwd: ROOT }).map(file => file.replaceAll('\\', '/'));

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** What each entry loads at its start; megabytes that it may have. */
const STARTS: readonly [start: RegExp, most: number][] = [
  [/^dist\/(index|chunk-\w+)\.js$/, 1.0],
  [/^dist\/post\/index\.js$/, 0.85],
  [/^dist\/cli\/index\.js$/, 1.05],
  [/^dist\/relay\/(index|chunk-\w+)\.js$/, 2.1],
];

for (const [start, most] of STARTS) {
  const files = DIST.filter(file => start.test(file));

  test(`dist: ${files.join(' and ')} have one undici and less than ${most} MB`, () => {
    const text = files.map(read).join('\n');
    assert.equal(count(text, '"UND_ERR_CONNECT_TIMEOUT"'), 1, 'a code that each copy of undici has once');
    const bytes = files.reduce((sum, file) => sum + statSync(join(ROOT, file)).size, 0);
    assert.ok(bytes < most * 1e6, `${bytes} bytes`);
  });
}

test('dist: no language of zod, no worker of pino, and octokit only in a chunk of its own', () => {
  assert.ok(DIST.length >= 6);
  for (const file of DIST) {
    assert.doesNotMatch(file, /worker|thread/);
    // From the sentences of zod in German, Spanish and French.
    assert.doesNotMatch(read(file), /Ungültige Eingabe|Entrada inválida|Entrée invalide/, file);
    if (!file.includes('pull-request')) assert.doesNotMatch(read(file), /octokit/i, file);
  }
});
