import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { SCHEMAS, type SchemaName, schemaOf } from '../../src/cli/schemas.ts';
import { onReports } from './reports.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

function problemsOf(name: SchemaName, value: unknown): string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.validate(schemaOf(name), value);
  return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

for (const name of SCHEMAS) {
  test(`schema ${name}: what is committed is what the shapes make`, () => {
    const made = `${JSON.stringify(schemaOf(name), undefined, 2)}\n`;
    assert.equal(
      read(`schemas/${name}.schema.json`),
      made,
      'run "npm run schemas" and commit what it writes',
    );
  });

  test(`schema ${name}: every key says what it means`, () => {
    const silent: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties = {}, anyOf = [], items, additionalProperties } = Object(schema);
      for (const [key, inner] of Object.entries(properties)) {
        if (typeof Object(inner).description !== 'string') silent.push(`${path}.${key}`);
        walk(inner, `${path}.${key}`);
      }
      for (const inner of [...anyOf, items, additionalProperties]) walk(inner, path);
    };
    walk(schemaOf(name), name);
    assert.deepEqual(silent, []);
  });
}

/** The YAML blocks of the documents that are whole specs, requests or configurations. */
test('schema: examples of the documents are valid', () => {
  let checked = 0;
  for (const page of ['README.md', ...globSync('docs/*.md', { cwd: ROOT })]) {
    for (const [, text = ''] of read(page).matchAll(/^```yaml\n(.*?)^```$/gms)) {
      const value: unknown = parse(text, { logLevel: 'silent' });
      const name = kindOf(value);
      if (name === undefined) continue;
      checked += 1;
      assert.deepEqual(problemsOf(name, value), [], `${page}:\n${text}`);
    }
  }
  assert.ok(checked > 10, `${checked} examples`);
});

function kindOf(value: unknown): SchemaName | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if ('subscriptions' in value && 'listen' in value) return 'relay';
  if ('to' in value && 'apps' in value && !('jobs' in value)) return 'spec';
  const sites = Object.values(value);
  return sites.length > 0 && sites.every(site => typeof site === 'object' && site !== null && 'url' in site)
    ? 'sites'
    : undefined;
}

test('schema result: what runs write is valid', () =>
  onReports(reports => {
    assert.ok(reports.length > 2);
    for (const { result } of reports)
      assert.deepEqual(problemsOf('result', JSON.parse(JSON.stringify(result))), []);
  }));
