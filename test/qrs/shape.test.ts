import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { RemoteError } from '../../src/base/errors.ts';
import { findApps } from '../../src/qrs/apps/find.ts';
import { findObjects, findShownObjects } from '../../src/qrs/apps/objects.ts';
import type { Qrs } from '../../src/qrs/connection.ts';
import { appSchema } from '../../src/qrs/entities.ts';
import { resultsOfSessions } from '../../src/qrs/execution-results.ts';
import { listIn } from '../../src/qrs/shape.ts';
import { onSite } from './receiver.ts';

const ID = '31ee79a6-0949-4175-ba0e-1866a60e3336';
const OTHER = '41ee79a6-0949-4175-ba0e-1866a60e3336';
const app = { id: ID, name: 'Sales', modifiedDate: '2026-01-01T00:00:00.000Z', published: false };

/** What a call comes to at a site that answers everything with `answer`, and how often it was asked. */
async function asked<T>(answer: unknown, call: (qrs: Qrs) => Promise<T>) {
  let calls = 0;
  const came: ({ value: T } | { error: unknown })[] = [];
  await onSite(
    (_, response) => {
      calls += 1;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    },
    async qrs => {
      came.push(
        await call(qrs).then(
          value => ({ value }),
          error => ({ error }),
        ),
      );
    },
  );
  const [end] = came;
  assert.ok(end);
  return { calls, came: end };
}

test('shape: what may be missing may be null', () => {
  const nulls = {
    description: null,
    tags: null,
    customProperties: null,
    stream: null,
    owner: null,
    fileSize: null,
  };
  const read = appSchema.parse({
    ...app,
    ...nulls,
    publishTime: null,
    lastReloadTime: null,
    modifiedByUserName: null,
  });
  assert.deepEqual(
    [
      read.description,
      read.tags,
      read.customProperties,
      read.fileSize,
      read.lastReloadTime,
      read.modifiedByUserName,
    ],
    ['', [], [], undefined, '', ''],
  );
});

test('shape: a record of a run with nulls is read', async () => {
  const record = { id: ID, status: 7, startTime: null, stopTime: null, duration: null, details: [null] };
  const more = { executingNodeName: null, fileReferenceID: null, scriptLogAvailable: null, taskID: null };
  const { came } = await asked([{ ...record, ...more, executionID: OTHER }], qrs =>
    resultsOfSessions(qrs, [OTHER]),
  );
  assert.ok('value' in came, String(came));
  assert.equal(came.value.found[0]?.status, 'FinishedSuccess');
});

test('shape: one odd entity in a list leaves the others', () => {
  const odd = { ...app, id: OTHER, name: 'Odd', modifiedDate: null };
  const read = listIn(appSchema, Buffer.from(JSON.stringify([app, odd, null])));
  assert.ok('data' in read);
  assert.deepEqual(
    read.data.found.map(({ name }) => name),
    ['Sales'],
  );
  assert.deepEqual(read.data.odd, [
    {
      id: OTHER,
      name: 'Odd',
      session: undefined,
      problem: `of "Odd" (${OTHER}), "modifiedDate" is null, and text is needed`,
    },
    { id: undefined, name: undefined, session: undefined, problem: 'it is null, and an object is needed' },
  ]);
});

test('shape: a list whose odd entity is needed names it, and is not asked for again', async () => {
  const { came, calls } = await asked([{ ...app, tags: [{ id: 7, name: 'release' }] }], qrs =>
    findApps(qrs, 'read the apps to promote', [`id eq ${ID}`]),
  );
  assert.ok('error' in came && came.error instanceof RemoteError);
  assert.equal(
    came.error.message,
    'Site "slow" gave an answer that cannot be used when asked to read the apps to promote: ' +
      `of "release" of "Sales" (${ID}), "id" is of the type number, and text is needed.`,
  );
  assert.ok(came.error.final);
  assert.equal(calls, 1);
});

test('shape: an object that cannot be used hides the objects of its own app from a survey, and no others', async () => {
  const objects = [
    { id: 'a', objectType: 'sheet', app: { id: ID } },
    { id: 'b', objectType: 7, app: { id: ID } },
    { id: 'c', objectType: 'sheet', app: { id: OTHER } },
  ];
  const survey = await asked(objects, qrs => findShownObjects(qrs, [ID, OTHER]));
  assert.ok('value' in survey.came);
  assert.deepEqual([...survey.came.value.keys()], [OTHER]);
  const { came } = await asked(objects, qrs => findObjects(qrs, [ID, OTHER]));
  assert.ok('error' in came && came.error instanceof RemoteError);
  assert.match(came.error.message, /"objectType" is of the type number/);
});

for (const once of [false, true]) {
  test(`shape: an answer of another shape is final at the third try${once ? ', also of a call that is made once' : ''}`, async () => {
    const { came, calls } = await asked({ name: 'Sales', id: ID }, qrs =>
      qrs.json(appSchema, { method: 'GET', path: '/qrs/app/x', attempt: 'read an app', once }),
    );
    assert.ok('error' in came && came.error instanceof RemoteError);
    assert.match(
      came.error.message,
      /to read an app: of "Sales" \(31ee79a6.*\), "modifiedDate" is missing, and text is needed\.$/,
    );
    assert.ok(came.error.final);
    assert.equal(calls, 3);
  });
}

test('shape: an answer of another shape to a change is looked up, not made again', async () => {
  const { came, calls } = await asked([], qrs =>
    qrs.json(z.object({}), { method: 'POST', path: '/qrs/app/x/copy', attempt: 'copy an app' }),
  );
  assert.ok('error' in came && came.error instanceof RemoteError);
  assert.ok(came.error.mayBeDone && !came.error.final);
  assert.equal(calls, 1);
});
