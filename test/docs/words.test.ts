import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGES, proseOf, readFile } from './pages.ts';

/** How the documents are written. */

/** Text without Markdown; a code span is one word. */
const plain = (text: string) =>
  text
    .replaceAll(/`[^`]*`/g, 'code')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[*_>#]/g, '')
    .trim();

/** The sentences of a page: of its paragraphs, list entries and cells of tables. */
function sentencesOf(page: string): string[] {
  const lines = proseOf(page).split('\n');
  const texts: string[] = [''];
  for (const line of lines) {
    if (/^\s*>?\s*\|/.test(line)) texts.push(...line.split('|'), '');
    else if (/^\s*>?\s*$|^#/.test(line)) texts.push('');
    else if (/^\s*>?\s*([-*]|\d+\.)\s/.test(line)) texts.push(line.replace(/^\s*>?\s*([-*]|\d+\.)\s/, ''));
    else texts.push(`${texts.pop()} ${line}`);
  }
  return texts.flatMap(text => plain(text).split(/(?<=[.!?])\s+/)).filter(text => text.trim() !== '');
}

const count = (text: string) => text.split(/\s+/).filter(word => /\w/.test(word)).length;

test('docs: the README has at most 1,200 words', () => {
  const words = count(proseOf(readFile('README.md')).replaceAll('|', ' '));
  assert.ok(words <= 1200, `${words} words`);
});

for (const page of ['README.md', 'docs/start.md']) {
  test(`docs: no sentence of ${page} has more than 25 words`, () => {
    const long = sentencesOf(readFile(page)).filter(sentence => count(sentence) > 25);
    assert.deepEqual(long, []);
  });
}

/** Pages for users; the others speak to people who build this. */
const GUIDES = PAGES.filter(
  page => !/^(docs\/(architecture|qrs|github|simulator)|test\/README|src\/|simulator\/)/.test(page),
);

/** Words that have another name in the glossary, or that say nothing. */
const INSTEAD: [RegExp, string][] = [
  [/\bways? in\b/i, 'authentication'],
  [/\b(is|are|was|were) told\b/i, 'say who tells whom, or "the message says"'],
  [/\bwhoever\b/i, 'anybody who'],
  [/\b(go|goes|went) (on|by|with)\b/i, 'continue, use, belong to'],
  [/\b(hear|hears|heard) of\b/i, 'receive, get'],
  [/\bto the letter\b/i, 'exactly'],
  [/\b(temporary|staging|work) copy\b/i, 'working copy'],
  [/\bdry-runs?\b/i, 'dry run'],
  [/\bpipeline\b/i, 'workflow'],
  [/\b(instance|tenant)s? of Qlik|Qlik (instance|tenant)/i, 'site'],
  [/\bdeploy(s|ed|ing)? (an |the |your )?apps?\b/i, 'promote'],
  [/\bself hosted\b/i, 'self-hosted'],
  [/\b(QlikSense|Qliksense|Qlik sense)\b/, 'Qlik Sense'],
  [/\b(Github|github)\b(?!\.)/, 'GitHub'],
  [/\bdocumentation\b/i, 'documents, or name the page'],
  [/\bsimply\b|\beasily\b|\bobviously\b/i, 'leave it out'],
  [/\bmanifest\b/i, 'spec'],
];

for (const page of GUIDES) {
  test(`docs: ${page} uses the words of the glossary`, () => {
    const found = sentencesOf(readFile(page)).flatMap(sentence =>
      INSTEAD.filter(([pattern]) => pattern.test(sentence)).map(([, better]) => `${sentence} → ${better}`),
    );
    assert.deepEqual(found, []);
  });
}

test('docs: a word of the glossary has one meaning', () => {
  const words = [...readFile('docs/glossary.md').matchAll(/^\| ([^|]+) \|/gm)]
    .map(([, word = '']) => word.trim().toLowerCase())
    .filter(word => word !== 'word' && !word.startsWith('---'));
  assert.ok(words.length > 40);
  assert.deepEqual(
    words.filter((word, index) => words.indexOf(word) !== index),
    [],
  );
});
