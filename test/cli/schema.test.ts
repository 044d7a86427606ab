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

test('schema sites: the list may be below a key "sites"', () => {
  const sites = { dev: { url: 'https://qlik-dev:4242', pfx: 'dev.pfx' } };
  assert.deepEqual(problemsOf('sites', { sites }), []);
  assert.deepEqual(problemsOf('sites', sites), []);
  for (const wrong of [{ sites: { dev: { uri: '' } } }, { dev: { uri: '' } }])
    assert.notDeepEqual(problemsOf('sites', wrong), []);
});

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

/** A text that is to be valid: a page's block, an example's file, or the input of a step in either. */
interface Example {
  where: string;
  kind: SchemaName;
  value: unknown;
}

const INPUTS: Readonly<Record<string, SchemaName>> = { promote: 'spec', reload: 'request', sites: 'sites' };

function examplesIn(where: string, text: string): Example[] {
  const value: unknown = parse(text, { logLevel: 'silent' });
  const kind = kindOf(value);
  return [...(kind ? [{ where, kind, value }] : []), ...inputsIn(where, value)];
}

/** YAML that a step of a workflow gives as an input; one line is the path of a file. */
function inputsIn(where: string, value: unknown): Example[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): Example[] => {
    const kind = INPUTS[key];
    if (kind === undefined || typeof inner !== 'string' || !/\n|^\{/.test(inner))
      return inputsIn(where, inner);
    return [{ where: `${where}, ${key}`, kind, value: parse(filled(inner), { logLevel: 'silent' }) }];
  });
}

/** GitHub fills in its expressions before a step sees them. */
function filled(text: string): string {
  return text.replace(/\$\{\{.*?\}\}/g, 'overwrite');
}

function kindOf(value: unknown): SchemaName | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if ('subscriptions' in value && 'listen' in value) return 'relay';
  if ('to' in value) return 'spec';
  if (!('streams' in value) && ['task', 'tasks', 'app'].some(key => key in value)) return 'request';
  const sites = Object.values(value);
  return sites.length > 0 && sites.every(site => typeof site === 'object' && site !== null && 'url' in site)
    ? 'sites'
    : undefined;
}

test('schema: every example of the documents and of examples/ is valid', () => {
  const pages = ['README.md', ...globSync('docs/*.md', { cwd: ROOT })].flatMap(page =>
    [...read(page).matchAll(/^```yaml\n(.*?)^```$/gms)].flatMap(([, text = '']) => examplesIn(page, text)),
  );
  const files = globSync('{examples,demo}/**/*.yml', { cwd: ROOT }).flatMap(file =>
    examplesIn(file, read(file)),
  );
  for (const { where, kind, value } of [...pages, ...files])
    assert.deepEqual(problemsOf(kind, value), [], `${where}: ${JSON.stringify(value)}`);
  const kinds = new Set([...pages, ...files].map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), ['relay', 'request', 'sites', 'spec']);
  assert.ok(pages.length > 20, `${pages.length} in the documents`);
  assert.ok(files.length > 4, `${files.length} in examples/`);
});

test('schema: each file of examples/ that has a schema names it in its first line', () => {
  const files = globSync('examples/**/*.yml', { cwd: ROOT });
  const named = files.flatMap(file => {
    const kind = kindOf(parse(read(file), { logLevel: 'silent' }));
    return kind === undefined ? [] : [{ file, kind }];
  });
  for (const { file, kind } of named) {
    const [first = ''] = read(file).split('\n');
    assert.match(
      first,
      new RegExp(`^# yaml-language-server: \\$schema=https://.*/${kind}\\.schema\\.json$`),
      file,
    );
  }
  assert.ok(named.length >= 3);
});

test('schema result: what runs write is valid', () =>
  onReports(reports => {
    assert.ok(reports.length > 2);
    for (const { result } of reports)
      assert.deepEqual(problemsOf('result', JSON.parse(JSON.stringify(result))), []);
  }));
