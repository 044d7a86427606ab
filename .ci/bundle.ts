import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes dist/ out of build/: each entry with all that it needs in one file, but for @actions/github, which the action
 * loads when it needs it. Run by "npm run build", in the root of the repository.
 */

const ncc = join('node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js');
const FLAGS = ['--minify', '--license', 'licenses.txt', '--no-source-map-register'];
/** The package that is a chunk of its own. */
const LATE = '@actions/github';

function bundle(entry: string, folder: string, flags: readonly string[] = []): void {
  const words = [ncc, 'build', join('build', entry, 'main.js'), '-o', folder, ...FLAGS, ...flags];
  execFileSync(process.execPath, words, { stdio: 'inherit' });
}

/** What an earlier build left may have other numbers in its names. */
function empty(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder, { withFileTypes: true })) {
    if (file.isFile()) rmSync(join(folder, file.name));
  }
}

/** ncc writes the licences of the chunk over those of the rest: a build without the chunk has these. */
function addLicences(): void {
  const other = join('build', 'without-chunk');
  bundle('action', other, ['-e', LATE]);
  const texts = ['dist', other].map(folder => readFileSync(join(folder, 'licenses.txt'), 'utf8'));
  const entries = new Map(texts.flatMap(entriesOf));
  const sorted = [...entries]
    .sort(([one], [next]) => (one < next ? -1 : 1))
    .map(([, text]) => text.trimEnd());
  writeFileSync(join('dist', 'licenses.txt'), `${sorted.join('\n\n')}\n`);
}

/** An entry is a package's name, its licence's name, and the text, each from a line of its own on. */
function entriesOf(text: string): [string, string][] {
  const starts = /^(?=@?[\w.-]+(?:\/[\w.-]+)?\r?\n(?:MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0)\r?\n)/m;
  return text.split(new RegExp(starts, 'gm')).flatMap((entry): [string, string][] => {
    const [name = ''] = entry.split(/\r?\n/);
    return name === '' ? [] : [[name, entry]];
  });
}

empty('dist');
bundle('action', 'dist');
addLicences();
for (const [entry, folder] of [
  ['relay', 'relay'],
  ['cli', 'cli'],
  [join('action', 'post'), 'post'],
] as const) {
  rmSync(join('dist', folder), { recursive: true, force: true });
  bundle(entry, join('dist', folder));
}
