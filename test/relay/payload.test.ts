import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyEntity } from '../../src/qrs/any-entity.ts';
import { payloadOf } from '../../src/relay/decide/payload.ts';
import { waitingDelivery } from './changes.ts';

/** What a workflow gets as client_payload (docs/relay.md). */

const ID = '31ee79a6-0949-4175-ba0e-1866a60e3336';
const TASK = '22222222-0949-4175-ba0e-1866a60e3336';
const APP = '33333333-0949-4175-ba0e-1866a60e3336';
const AT = Date.parse('2026-11-22T10:00:00.000Z');

const DELIVERY = waitingDelivery({
  ...{ id: 'delivery-1', subscription: 'app-updated', object: ID, count: 2, first: AT, last: AT + 1_000 },
});
type Facts = Parameters<typeof payloadOf>[0];
const object = (facts: Partial<Facts>) =>
  payloadOf({
    delivery: DELIVERY,
    watched: undefined,
    task: undefined,
    name: undefined,
    ...facts,
  });

const row = (name: string, value: string) => ({ value, definition: { id: ID, name } });
const app = (more: Record<string, unknown> = {}): AnyEntity => ({
  kind: 'app',
  entity: {
    id: ID,
    name: 'Sales',
    createdDate: '',
    modifiedDate: '',
    modifiedByUserName: '',
    published: true,
    stream: { id: ID, name: 'Everyone' },
    owner: { id: ID, userDirectory: 'COMPANY', userId: 'anna' },
    description: '',
    tags: [
      { id: ID, name: 'one' },
      { id: TASK, name: 'two' },
    ],
    customProperties: [row('Area', 'North'), row('Stage', 'Dev'), row('Area', 'South')],
    lastReloadTime: '',
    ...more,
  },
});
const result = (more: Record<string, unknown> = {}): AnyEntity => ({
  kind: 'result',
  entity: {
    id: ID,
    status: 'FinishedFail',
    startTime: '',
    stopTime: '',
    duration: 7_000,
    fileReferenceID: undefined,
    scriptLogAvailable: false,
    details: [],
    taskID: TASK,
    executionID: undefined,
    appID: APP,
    modifiedDate: '',
    modifiedByUserName: '',
    ...more,
  },
});

test('payload: ten keys, of an app with its place, tags and properties', () => {
  assert.deepEqual(object({ watched: app() }), {
    delivery: 'delivery-1',
    site: 'dev',
    subscription: 'app-updated',
    entity: 'App',
    change: 'update',
    object: {
      id: ID,
      name: 'Sales',
      stream: 'Everyone',
      owner: 'COMPANY\\anna',
      tags: ['one', 'two'],
      properties: { Area: ['North', 'South'], Stage: ['Dev'] },
    },
    changed: ['name'],
    count: 2,
    first: '2026-11-22T10:00:00.000Z',
    last: '2026-11-22T10:00:01.000Z',
  });
});

for (const [what, facts, expected] of [
  [
    'an app without a stream and an owner',
    { watched: app({ stream: null, owner: null, tags: [], customProperties: [] }) },
    { id: ID, name: 'Sales', stream: null, owner: null, tags: [], properties: {} },
  ],
  ['what is gone', { name: 'Sales' }, { id: ID, name: 'Sales' }],
  ['what is gone and was never seen', {}, { id: ID, name: null }],
  [
    'an entity of another type',
    {
      watched: {
        kind: 'other',
        entity: {
          id: ID,
          modifiedDate: '',
          modifiedByUserName: '',
          tags: [{ name: 'one' }],
          customProperties: [],
        },
      },
    },
    { id: ID, name: null, tags: ['one'], properties: {} },
  ],
  [
    'a run of a reload task',
    { watched: result(), task: { id: TASK, name: 'Nightly', app: { id: APP, name: 'Sales' } } },
    {
      id: ID,
      name: 'Nightly',
      task: { id: TASK, name: 'Nightly' },
      app: { id: APP, name: 'Sales' },
      status: 'FinishedFail',
      duration: 7_000,
    },
  ],
  [
    'a run of a task without an app',
    { watched: result({ appID: undefined }), task: { id: TASK, name: 'Copy', app: undefined } },
    {
      id: ID,
      name: 'Copy',
      task: { id: TASK, name: 'Copy' },
      app: null,
      status: 'FinishedFail',
      duration: 7_000,
    },
  ],
  [
    'a run of a task that is gone',
    { watched: result() },
    { id: ID, name: null, task: { id: TASK }, app: { id: APP }, status: 'FinishedFail', duration: 7_000 },
  ],
] satisfies [string, Partial<Facts>, unknown][]) {
  test(`payload: ${what}`, () => assert.deepEqual(object(facts).object, expected));
}

test('payload: what is too long loses the longest lists first, and says which', () => {
  const tags = Array.from({ length: 5_000 }, (_, index) => ({ id: ID, name: `a tag ${index}` }));
  assert.deepEqual(object({ watched: app({ tags }) }).object, {
    ...Object(object({ watched: app() }).object),
    tags: [],
    shortened: ['tags'],
  });
  const both = object({
    watched: app({ tags, customProperties: tags.map(({ name }) => row(`longer than ${name}`, 'x')) }),
  });
  assert.deepEqual(both.object, {
    ...Object(object({ watched: app() }).object),
    tags: [],
    properties: {},
    shortened: ['properties', 'tags'],
  });
  const name = 'ä'.repeat(60_000);
  assert.deepEqual(object({ watched: app({ name }) }).object, {
    ...Object(object({ watched: app() }).object),
    name: `${'ä'.repeat(200)}…`,
    shortened: ['name'],
  });
});

test('payload: what just fits stays whole', () => {
  const length = (name: string) => JSON.stringify(object({ watched: app({ name }) })).length;
  const name = 'x'.repeat(60_000 - length(''));
  assert.equal(length(name), 60_000);
  assert.equal(Reflect.get(Object(object({ watched: app({ name }) }).object), 'shortened'), undefined);
  const longer = object({ watched: app({ name: `${name}y` }) });
  assert.deepEqual(Reflect.get(Object(longer.object), 'shortened'), ['name']);
});
