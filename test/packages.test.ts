import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** What others wrote: what may run when it is installed, and what is bundled with its licence. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(ROOT + path, 'utf8');

const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        license: z.string().optional(),
        integrity: z.string().optional(),
        resolved: z.string().optional(),
        dev: z.boolean().default(false),
        hasInstallScript: z.boolean().default(false),
      }),
    ),
  })
  .parse(JSON.parse(read('package-lock.json')));
const packages = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ path, name: path.replace(/^.*node_modules\//, ''), ...entry }));

test('packages: those with an install script were looked at, and no others are allowed one', () => {
  const { allowScripts } = z
    .object({ allowScripts: z.record(z.string(), z.boolean()) })
    .parse(JSON.parse(read('package.json')));
  const scripted = packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
  assert.deepEqual(Object.keys(allowScripts).sort(), scripted.sort());
});

test('packages: each comes from a registry, with a digest', () => {
  assert.ok(packages.length > 20);
  for (const { path, integrity, resolved } of packages) {
    assert.match(integrity ?? '', /^sha512-/, path);
    assert.doesNotMatch(
      resolved ?? 'https:',
      /^(?!https:)|\.git\b/,
      `${path}: not from git, a folder, or in clear`,
    );
  }
});

/** Licences that ask for no more than their own text. */
const PERMISSIVE = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0'];

test('packages: what is bundled is named in dist/ with the text of its licence', () => {
  const kept = globSync('dist/**/licenses.txt', { cwd: ROOT }).map(read);
  assert.equal(kept.length, globSync('dist/**/index.js', { cwd: ROOT }).length);
  const named = new Set(
    kept.flatMap(text =>
      plain(text)
        .split('\n')
        .filter((_, index, lines) => PERMISSIVE.includes(lines[index + 1] ?? '')),
    ),
  );
  // The bundler names what it took in; of what is installed that need not be all.
  const installed = packages.filter(({ dev }) => !dev);
  for (const { path, name, license = '' } of installed.filter(one => named.has(one.name))) {
    assert.ok(PERMISSIVE.includes(license), `${path}: ${license}`);
    const [file] = globSync(`${path}/LICEN[SC]E*`, { cwd: ROOT });
    // A few come without a text, and name their licence only.
    const entry = words(`${name} ${license} ${file === undefined ? '' : read(file)}`);
    assert.ok(
      kept.some(text => words(text).includes(entry)),
      `${path} is not in licenses.txt with its text`,
    );
  }
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json')));
  for (const name of Object.keys(dependencies)) assert.ok(named.has(name), `${name} is not named`);
  const names = installed.map(({ name }) => name);
  for (const name of named) assert.ok(names.includes(name), `${name} is no dependency`);
});

const BARE = mkdtempSync(join(tmpdir(), 'qrs-action-bare-'));
after(() => rmSync(BARE, { recursive: true }));
cpSync(join(ROOT, 'dist'), BARE, { recursive: true });

for (const file of globSync('**/*.js', { cwd: BARE })) {
  test(`packages: dist/${file} needs no package beside it`, () => {
    // A part that is loaded late shows what it lacks when it is loaded; an entry without inputs says what it misses.
    const { stderr } = spawnSync(process.execPath, [join(BARE, file), '--version'], {
      cwd: BARE,
      encoding: 'utf8',
      env: {},
    });
    assert.doesNotMatch(stderr, /ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|Cannot find/);
  });
}

test('packages: what the action loads at its start is small, and octokit is not in it', () => {
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const [, name = ''] of read(`dist/${file}`).matchAll(/(?:from|import) ?"\.\/([^"]+\.js)"/g))
      load(name);
  };
  load('index.js');
  const texts = [...loaded].map(file => read(`dist/${file}`));
  assert.ok(texts.join('').length <= 1_450_000, 'at most 1.45 MB');
  assert.ok(texts.every(text => !text.includes('GET /repos/{owner}/{repo}/actions/artifacts')));
});

/** Whatever the lines were indented by. */
function words(text: string): string {
  return ` ${text.trim().split(/\s+/).join(' ')} `;
}

function plain(text: string): string {
  return text.replaceAll('\r\n', '\n').trim();
}
