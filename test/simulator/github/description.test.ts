import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { json } from '../../../simulator/github/answers.ts';
import { createBreaches } from '../../../simulator/github/breaches.ts';
import { readDescription } from '../../../simulator/github/description.ts';
import { excerptOf } from '../../../simulator/github/excerpt.ts';
import { jsonSchema } from '../../../simulator/github/jsonschema.ts';
import { handlers } from '../../../simulator/github/routes.ts';
import { at } from '../client.ts';

const keep = (reference: string) => ({ kept: reference });

for (const [what, schema, expected] of [
  [
    'what is for readers',
    { type: 'string', description: 'a', example: 'b', format: 'uri' },
    { type: 'string' },
  ],
  ['null', { type: 'string', nullable: true }, { anyOf: [{ type: 'string' }, { type: 'null' }] }],
  ['a reference', { $ref: '#/a', description: 'b' }, { kept: '#/a' }],
  [
    'what is inside',
    {
      properties: { title: { type: 'string', title: 'x' }, list: { items: { $ref: '#/a' } } },
      additionalProperties: { nullable: true, type: 'number' },
      required: ['title'],
    },
    {
      properties: { title: { type: 'string' }, list: { items: { kept: '#/a' } } },
      additionalProperties: { anyOf: [{ type: 'number' }, { type: 'null' }] },
      required: ['title'],
    },
  ],
  [
    'alternatives',
    { oneOf: [{ $ref: '#/a' }, { enum: ['b'] }], additionalProperties: false },
    { oneOf: [{ kept: '#/a' }, { enum: ['b'] }], additionalProperties: false },
  ],
] as const) {
  test(`a schema's ${what} becomes JSON Schema`, () => {
    assert.deepEqual(jsonSchema(schema, keep), expected);
  });
}

test('a description that lacks a call is no source', () => {
  assert.throws(() => excerptOf({ paths: {} }, 'nowhere'));
});

test('every call of the excerpt has a handler, and every handler a call', () => {
  const excerpt: unknown = JSON.parse(
    readFileSync(new URL('../../../simulator/github/api.json', import.meta.url), 'utf8'),
  );
  const operations: unknown[] = Object(at(excerpt, 'operations'));
  assert.deepEqual(operations.map(one => at(one, 'id')).sort(), Object.keys(handlers).sort());
});

test('an answer of the wrong shape is noticed', () => {
  const description = readDescription();
  const found = description.operation('GET', '/user');
  assert.ok(found);
  for (const [answer, problem] of [
    [json(200, { login: 1 }), /"id" wasn't supplied\./],
    [json(201, {}), /201 is no success of this call\./],
  ] as const) {
    const breaches = createBreaches(description);
    breaches.noteAnswer(found.operation, '/user', answer);
    assert.match(breaches.found[0]?.problems.join('\n') ?? '', problem);
  }
});

test('the last segment of a path takes the rest', () => {
  const { operation } = readDescription();
  const segments = (path: string) => operation('GET', path)?.segments;
  assert.deepEqual(segments('/repos/a/b/contents/x/y%20z.yml'), { owner: 'a', repo: 'b', path: 'x/y z.yml' });
  assert.equal(segments('/repos/a/b/contents/'), undefined);
  assert.equal(segments('/repos/a/b%/contents/x'), undefined);
});
