import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { InputError } from '../../src/base/errors.ts';
import { quoted } from '../../src/base/quoted.ts';
import { visible } from '../../src/base/visible.ts';
import { closed, readYaml } from '../../src/base/yaml.ts';

for (const shown of [
  'maybe',
  'Everyone',
  '20 GB',
  'release-2026-05-01',
  'app.final.v2',
  'COMPANY\\anna',
  'x'.repeat(30),
]) {
  test(`a value is shown: ${shown}`, () => assert.equal(quoted(shown), JSON.stringify(shown)));
}

const TOKENS = [
  'ghp_0123456789abcdefghij',
  'github_pat_11ABCDEFG0',
  'eyJhbGciOiJSUzI1NiJ9.eyJ1c2Vy',
  'a8f5f167f44f4964e6c998dee827',
  'MIIEvQIBADANBgkqhkiG9w0BAQE',
  '-----BEGIN PRIVATE KEY-----',
];
for (const token of TOKENS) {
  test(`a value that looks like a token is not shown: ${token}`, () =>
    assert.equal(quoted(token), 'what looks like a secret'));
}

test('of a long value its length is told', () => {
  assert.equal(quoted('word '.repeat(20)), 'a text of 100 letters');
});

/** What is said about a text of such a shape. */
function problemsOf(text: string): readonly string[] {
  const shape = closed({
    from: z.string(),
    describe: z.boolean().optional(),
    list: z.array(z.string()).optional(),
  });
  try {
    readYaml(shape, { from: 'spec', text }, { showValues: true });
    return [];
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.sentences;
  }
}

test('no piece of a long token in a wrong place is shown', () => {
  const token = `github_pat_${'0123456789abcdefghijABCDEFGHIJ'.repeat(3).slice(0, 82)}`;
  const [problem = ''] = problemsOf(`from: dev\ndescribe: ${token}\n`);
  assert.equal(problem, 'spec:2:1: "describe" must be true or false; found a text of 93 letters.');
  assert.deepEqual(problemsOf(`from: dev\n${token}: x\n`), [
    'spec:2:1: unknown key. Allowed: from, describe, list.',
  ]);
});

test('aliases of aliases are told as what they are', () => {
  const nine = (item: string) => `[${Array(9).fill(item).join(', ')}]`;
  const lines = [
    'a: &a [x]',
    ...[...'bcdefghi'].map((key, at) => `${key}: &${key} ${nine(`*${'abcdefgh'[at]}`)}`),
  ];
  assert.deepEqual(problemsOf(lines.join('\n')), [
    'spec:2:8: aliases (*) stand for too much; write out what they stand for.',
  ]);
});

test('twenty thousand unknown keys are told in a moment, and not one by one', () => {
  const began = performance.now();
  const text = ['from: dev', ...Array.from({ length: 20_000 }, (_, at) => `unknown-${at}: 1`)].join('\n');
  const problems = problemsOf(text);
  assert.equal(problems.length, 21);
  assert.ok(
    problems.some(problem => problem === 'spec:1:1: 19980 more unknown keys are here.'),
    problems.at(-1),
  );
  assert.ok(performance.now() - began < 5_000);
});

test('many problems are counted', () => {
  const problems = problemsOf(`from: dev\nlist: [${Array(200).fill('1').join(', ')}]\n`);
  assert.equal(problems.length, 51);
  assert.equal(problems.at(-1), 'spec: 150 more problems.');
});

test('control characters and marks of direction are visible, letters and lines stay', () => {
  assert.equal(
    visible('a\u001b[2Jb\u202ec\u0085d\u2066e\u0000'),
    'a\\u001b[2Jb\\u202ec\\u0085d\\u2066e\\u0000',
  );
  assert.equal(visible('Ärger\tmit 日本\nZeile'), 'Ärger\tmit 日本\nZeile');
});
