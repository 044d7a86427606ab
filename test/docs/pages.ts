import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The documents of the repository, and what is in them: prose, code blocks, links, headings. */

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const readFile = (path: string): string => readFileSync(ROOT + path, 'utf8').replaceAll('\r\n', '\n');

/** Every document, by its path from the root, with slashes. */
export const PAGES: readonly string[] = globSync(
  [
    '*.md',
    'docs/*.md',
    'examples/**/*.md',
    'test/README.md',
    '.github/**/*.md',
    '{src,simulator}/**/README.md',
  ],
  { cwd: ROOT },
)
  .map(path => path.replaceAll('\\', '/'))
  .sort();

interface Block {
  /** The words behind the fence, such as `yaml part`. */
  kind: string;
  text: string;
  line: number;
}

/** The fenced code blocks of a page, also where they are indented under a list. */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^( *)```(.*)\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = '', kind = '', text = ''], index, all) => ({
      kind,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      line: page.slice(0, all[index]?.index).split('\n').length,
    }),
  );
}

/** A page without code blocks and comments; the number of its lines stays. */
export function proseOf(page: string): string {
  const blank = (text: string) => text.replaceAll(/[^\n]/g, '');
  return page.replaceAll(/^( *)```.*\n[\s\S]*?^\1```$/gm, blank).replaceAll(/<!--[\s\S]*?-->/g, blank);
}

/** The anchors of a page, as GitHub makes them of its headings. */
export function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  return new Set(
    [...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
      const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
      const anchor = text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\p{Pc} -]/gu, '')
        .replaceAll(' ', '-');
      const before = seen.get(anchor) ?? 0;
      seen.set(anchor, before + 1);
      return before === 0 ? anchor : `${anchor}-${before}`;
    }),
  );
}
