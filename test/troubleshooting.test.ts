import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { errorSentences } from './sentences.ts';

/**
 * docs/troubleshooting.md: every sentence of the product that says what is wrong has a row, and every row is of a sentence
 * that somebody says. A piece in a row stands for all sentences that have it; `…` in it stands for anything.
 */

const ROOT = join(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');
const ROWS = [...PAGE.matchAll(/^\| (`.*?) \| (.*?) \| (.*?) \|$/gm)].map(
  ([, pieces = '', cause = '', cure = '']) => ({
    pieces: [...pieces.matchAll(/`([^`]+)`/g)].map(([, piece = '']) => piece),
    cause,
    cure,
  }),
);
const PIECES = ROWS.flatMap(({ pieces }) => pieces);

/** Mistakes of the program itself, and words that belong to a sentence that is in the table. */
const NOT_FOR_USERS = [
  'A reading gave nothing',
  'Nothing travels within one site',
  'The plan has no such step',
  'INSERT INTO',
  'ERR_',
  'HPE_',
  'BLOCK_AS_',
  'Proc-Type',
  'x-accepted-github-permissions',
];

function isIn(sentence: string, piece: string): boolean {
  let at = 0;
  for (const part of piece.split('…')) {
    const found = sentence.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}

test('docs/troubleshooting.md: every sentence has a row', () => {
  const sentences = errorSentences();
  assert.ok(sentences.length > 300, `${sentences.length} sentences were found`);
  const lacking = sentences.filter(
    ({ text }) => ![...PIECES, ...NOT_FOR_USERS].some(piece => isIn(text, piece)),
  );
  assert.deepEqual(
    lacking.map(({ file, text }) => `${file}: ${text}`),
    [],
  );
});

test('docs/troubleshooting.md: every row is of a sentence that somebody says', () => {
  const sources = globSync('src/**/*.ts', { cwd: ROOT })
    .map(file => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n')
    .replace(/['`"] \+\s*['`"]/g, '')
    .replace(/\\(['"`])/g, '$1')
    .replaceAll('\\\\', '\\')
    .replace(/\\\$\{/g, '${');
  const parts = PIECES.flatMap(piece => piece.split('…').filter(part => part.trim().length > 3));
  assert.deepEqual(
    parts.filter(part => !sources.includes(part)),
    [],
  );
});

test('docs/troubleshooting.md: every row has a cause and a cure, and its cells are short', () => {
  assert.ok(ROWS.length > 80, `${ROWS.length} rows`);
  for (const { pieces, cause, cure } of ROWS) {
    assert.ok(cause.length > 5 && cure.length > 5, pieces.join());
    // A longer explanation belongs in a section of its own.
    assert.ok(pieces.length <= 6 && cause.length <= 90 && cure.length <= 110, pieces.join());
  }
});
