import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { switchesSchema } from '../../simulator/site/switches.ts';
import { type SchemaName, schemaOf } from '../../src/cli/schemas.ts';
import { readFile } from './pages.ts';

/** What a user can write or read is in the documents. */

/** All keys of a schema, at any depth. */
function keysOf(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(keysOf);
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, ...rest } = Object(schema);
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => [key, ...keysOf(inner)]),
    ...Object.values(rest).flatMap(keysOf),
  ];
}

const PLACES: Record<SchemaName, string> = {
  spec: 'docs/spec.md',
  request: 'docs/reload.md',
  sites: 'docs/authentication.md',
  relay: 'docs/relay.md',
  result: 'docs/result.md',
};

for (const [name, page] of Object.entries(PLACES)) {
  test(`docs: every key of ${name} is in ${page}`, () => {
    const text = readFile(page) + (name === 'relay' ? readFile(PLACES.sites) + readFile(PLACES.spec) : '');
    const keys = [...new Set(keysOf(schemaOf(name as SchemaName)))];
    assert.ok(keys.length > 10);
    const missing = keys.filter(key => !new RegExp(`\\b${key}:|\`${key}\``).test(text));
    assert.deepEqual(missing, []);
  });
}

test('docs: the example with every key of a spec has every key', () => {
  const [, example = ''] =
    /## Example with every key[\s\S]*?```yaml\n([\s\S]*?)```/.exec(readFile('docs/spec.md')) ?? [];
  const properties = Object.keys(Object(schemaOf('spec').properties));
  const given = parse(example);
  assert.deepEqual(
    properties.filter(key => !(key in given) && key !== 'name'),
    [],
    'but name, which goes with one app alone',
  );
});

test('docs: every input and output is in action.md', () => {
  const { inputs, outputs } = parse(readFile('action.yml'));
  const page = readFile('docs/action.md');
  for (const name of [...Object.keys(inputs), ...Object.keys(outputs)])
    assert.match(page, new RegExp(`^\\| \`${name}\` \\|`, 'm'));
});

test('docs: every switch of the simulator is in simulator.md, with no other', () => {
  const [, table = ''] = readFile('docs/simulator.md').split('| switch | values (default first) | |');
  const rows = [...(table.split('\n\n')[0] ?? '').matchAll(/^\| (`.+?`) \|/gm)];
  const named = rows.flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  assert.deepEqual(named.sort(), Object.keys(switchesSchema.shape).sort());
});
