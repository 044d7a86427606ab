import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readEvent } from '../../src/action/event.ts';

const folder = mkdtempSync(join(tmpdir(), 'qrs-action-event-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const APP = '31ee79a6-0949-4175-ba0e-1866a60e3336';
const OTHER = '7a432a03-f97d-4761-9fca-f69ad217771d';

function read(payload: unknown, name = 'repository_dispatch') {
  const path = join(folder, 'event.json');
  writeFileSync(path, JSON.stringify({ action: 'x', client_payload: payload }));
  return readEvent(name, path);
}

test('the event names an app, or a reload of one', () => {
  const app = { id: APP, site: 'dev' };
  assert.deepEqual(read({ site: 'dev', object: { id: APP } }), app);
  assert.deepEqual(read({ site: 'dev', entity: 'App', object: { id: APP.toUpperCase() } }), app);
  const result = { id: OTHER, app: { id: APP, name: 'Sales' } };
  assert.deepEqual(read({ site: 'dev', entity: 'ExecutionResult', object: result }), app);
});

test('other events name none', () => {
  assert.equal(read({ object: { id: APP } }, 'workflow_dispatch'), undefined);
  assert.equal(readEvent('repository_dispatch', undefined), undefined);
  assert.equal(read(undefined), undefined);
});

for (const [what, payload, words] of [
  ['no id', { object: { id: '../../x' } }, /object.id must be an id/],
  ['no object', {}, /object.id must be an id/],
  ['another entity', { entity: 'Stream', object: { id: OTHER } }, /entity must be App/],
  ['a result without app', { entity: 'ExecutionResult', object: { id: OTHER, app: null } }, /object.app/],
  [
    'an app without an id',
    { entity: 'ExecutionResult', object: { id: OTHER, app: { id: 'x' } } },
    /must be an id/,
  ],
] as const) {
  test(`a payload with ${what} is refused`, () => {
    assert.throws(() => read(payload), words);
  });
}
