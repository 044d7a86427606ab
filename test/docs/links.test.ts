import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { anchorsOf, PAGES, proseOf, ROOT, readFile } from './pages.ts';
import { fresh } from './tables.ts';

/** The address of a link, without code spans, which show links and are none. */
function linksOf(page: string): string[] {
  const text = proseOf(page).replaceAll(/`[^`\n]*`/g, 'code');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g), ...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, address = '']) => address,
  );
}

/** The file and the anchor that a link means, from the root. */
function targetOf(from: string, link: string): { file: string; anchor: string } {
  const [path = '', anchor = ''] = link.split('#');
  const file = path === '' ? from : normalize(join(dirname(from), path)).replaceAll('\\', '/');
  return { file, anchor };
}

for (const page of PAGES) {
  test(`docs: links of ${page} lead somewhere`, () => {
    const broken = linksOf(readFile(page)).filter(link => {
      if (/^(https?:|mailto:)/.test(link)) return false;
      const { file, anchor } = targetOf(page, link);
      if (!existsSync(ROOT + file)) return true;
      return anchor !== '' && !(file.endsWith('.md') && anchorsOf(readFile(file)).has(anchor));
    });
    assert.deepEqual(broken, []);
  });

  test(`docs: tables of ${page} are fresh; else run npm run docs`, () => {
    assert.equal(fresh(readFile(page)), readFile(page));
  });
}

/** What the product prints and what code cites: a path of a page, perhaps with an anchor. */
const PAGES_IN_CODE = globSync(['{src,simulator,demo,test,bench}/**/*.ts', 'examples/**/*.{yml,xml,env}'], {
  cwd: ROOT,
}).flatMap(path =>
  [...readFile(path).matchAll(/\bdocs\/[\w-]+\.md(?:#[\w-]+)?/g)].map(([link]) => ({ path, link })),
);

test('docs: pages that the code names exist', () => {
  const missing = PAGES_IN_CODE.filter(({ link }) => {
    const { file, anchor } = targetOf('', link);
    if (!existsSync(ROOT + file)) return true;
    return anchor !== '' && !anchorsOf(readFile(file)).has(anchor);
  });
  assert.deepEqual(missing, []);
});

test('docs: every guide is in the list of the README', () => {
  const linked = new Set(linksOf(readFile('README.md')).map(link => link.split('#')[0]));
  const guides = PAGES.filter(page => page.startsWith('docs/'));
  assert.ok(guides.length > 10);
  assert.deepEqual(
    guides.filter(page => !linked.has(page)),
    [],
  );
});

test('docs: every picture is shown', () => {
  const shown = new Set(
    PAGES.flatMap(page => linksOf(readFile(page)).map(link => targetOf(page, link).file)),
  );
  const pictures = globSync('docs/pictures/*', { cwd: ROOT }).map(path => path.replaceAll('\\', '/'));
  assert.deepEqual(
    pictures.filter(path => !shown.has(path)),
    [],
  );
});
