import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { ROOT, readFile } from './pages.ts';

/** The issue forms, as far as GitHub would refuse them without a word; and files that pages name in passing. */

const field = z.object({
  type: z.enum(['markdown', 'input', 'textarea', 'dropdown', 'checkboxes']),
  id: z.string().optional(),
  attributes: z.looseObject({ label: z.string().optional(), options: z.array(z.string()).optional() }),
  validations: z.strictObject({ required: z.boolean() }).optional(),
});
const form = z.strictObject({
  name: z.string().min(4),
  description: z.string().min(4),
  labels: z.array(z.string()),
  body: z.array(field.strict()).min(1),
});

for (const path of globSync('.github/ISSUE_TEMPLATE/*.yml', { cwd: ROOT })) {
  if (path.endsWith('config.yml')) continue;
  test(`docs: ${path.replaceAll('\\', '/')} is an issue form`, () => {
    const { body } = form.parse(parse(readFile(path)));
    const asked = body.filter(({ type }) => type !== 'markdown');
    const ids = asked.map(({ id }) => id);
    assert.ok(asked.length > 0 && ids.every(id => id !== undefined));
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const { type, attributes } of asked) {
      assert.ok(attributes.label);
      assert.equal(type === 'dropdown', attributes.options !== undefined);
    }
  });
}

test('docs: the files that architecture.md names exist', () => {
  const files = globSync('{src,simulator,test,schemas}/**/*.ts', { cwd: ROOT }).map(path =>
    path.replaceAll('\\', '/'),
  );
  const named = [...readFile('docs/architecture.md').matchAll(/`([\w/-]+\.ts)`/g)].map(
    ([, name = '']) => name,
  );
  assert.ok(named.length > 40);
  assert.deepEqual(
    named.filter(name => !files.some(file => `/${file}`.endsWith(`/${name}`))),
    [],
  );
});

test('docs: package.json says where the project is', () => {
  const { repository, bugs, homepage } = JSON.parse(readFile('package.json'));
  const address = 'https://github.com/qrs-action/qrs-action';
  assert.deepEqual(
    [repository.url, bugs, homepage],
    [`git+${address}.git`, `${address}/issues`, `${address}#readme`],
  );
});
