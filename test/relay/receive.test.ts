import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { APP, desk, endings, item, OTHER } from './desk.ts';

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

test('receive: 202 is said when the change can be read from the file', async () => {
  const here = await desk();
  const { status, body } = await here.post([item()]);
  assert.deepEqual([status, JSON.parse(body)], [202, { accepted: 1 }]);
  const [delivery] = await here.stored();
  assert.deepEqual(
    [delivery?.subscription, delivery?.object, delivery?.change, delivery?.state, delivery?.changed],
    ['app-updated', APP, 'update', 'pending', ['modifiedDate', 'name']],
  );
});

test('receive: nothing is answered before the commit', async () => {
  const commit = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const here = await desk({
    store: real => ({
      accept: async (...given) => {
        reached.resolve();
        await commit.promise;
        return real.accept(...given);
      },
    }),
  });
  let answered = false;
  const answer = here.post([item()]).finally(() => {
    answered = true;
  });
  await reached.promise;
  await here.get('/livez');
  assert.equal(answered, false);
  commit.resolve();
  assert.equal((await answer).status, 202);
});

test('receive: each item of a call is taken by itself, and what joins another one is counted', async () => {
  const here = await desk();
  const { status } = await here.post([
    item(),
    item({ objectID: OTHER }),
    item({ changedProperties: ['owner'] }),
  ]);
  assert.equal(status, 202);
  const stored = await here.stored();
  assert.deepEqual(stored.map(({ object, count }) => [object, count]).sort(), [
    [APP, 2],
    [OTHER, 1],
  ]);
  assert.equal(await here.series('received_total{subscription="app-updated"}'), 3);
  assert.equal(await here.series('coalesced_total{subscription="app-updated"}'), 1);
});

const MALFORMED: [string, unknown][] = [
  ['no id', { objectID: undefined }],
  ['an id that is none', { objectID: "x' or 1 eq 1" }],
  ['another type', { objectType: 'Stream' }],
  ['a change that is none', { changeType: 4 }],
  ['a change by another name', { changeType: 'Updated' }],
  ['properties that are no list', { changedProperties: 'name' }],
];

for (const [name, more] of MALFORMED) {
  test(`receive: an item with ${name} is refused, and the good one beside it is stored`, async () => {
    const here = await desk();
    const { status, body } = await here.post([item(Object(more)), item({ objectID: OTHER })]);
    assert.deepEqual([status, JSON.parse(body)], [400, { error: '1 of the items make no sense.' }]);
    assert.deepEqual(
      (await here.stored()).map(({ object }) => object),
      [OTHER],
    );
    assert.equal(await here.series('malformed_total'), 1);
  });
}

const SENSELESS: [string, unknown][] = [
  ['not JSON', 'changeType=2'],
  ['nothing', ''],
  ['an empty list', []],
  ['a number', 5],
  ['null', null],
  ['a list in a list', [[item()]]],
];

for (const [name, body] of SENSELESS) {
  test(`receive: ${name} is refused and counted`, async () => {
    const here = await desk();
    assert.equal((await here.post(body)).status, 400);
    assert.deepEqual(await here.stored(), []);
    assert.equal(await here.series('malformed_total'), 1);
  });
}

const GOOD: [string, unknown, string][] = [
  ['one that is in no list', item(), 'update'],
  ['one behind a byte order mark', `\uFEFF${JSON.stringify([item()])}`, 'update'],
  ['an addition, where deletions are asked for,', item({ changeType: 1 }), 'remember'],
  ['one with fields that nobody knows', item({ somethingNew: { a: [1] } }), 'update'],
  ['a change by its name', item({ changeType: 'Update' }), 'update'],
  ['an id in capitals', item({ objectID: APP.toUpperCase() }), 'update'],
  ['one that does not tell what has changed', item({ changedProperties: null }), 'update'],
  ['one that does not tell when', item({ modifiedDate: null }), 'update'],
  ['a deletion', item({ changeType: 3, changedProperties: null }), 'delete'],
  ['a deletion by its name', item({ changeType: 'DELETE' }), 'delete'],
];

for (const [name, body, change] of GOOD) {
  test(`receive: ${name} is taken`, async () => {
    const here = await desk();
    assert.equal((await here.post(body)).status, 202);
    assert.deepEqual(
      (await here.stored()).map(one => [one.object, one.change]),
      [[APP, change]],
    );
  });
}

const CHANGED: [string | undefined, string[], number][] = [
  [undefined, ['name'], 1],
  ['name', ['modifiedDate', 'Name'], 1],
  ['name', ['modifiedDate', 'owner'], 0],
  // None at all: nobody told what.
  ['name', [], 1],
  ['!name', ['modifiedDate', 'name'], 0],
  ['!name', ['modifiedDate', 'name', 'owner'], 1],
  ['!name', ['modifiedDate'], 1],
];

for (const [property, changedProperties, taken] of CHANGED) {
  test(`receive: of ${property ?? 'any'}, a change of ${changedProperties.join(' and ') || 'nothing'}`, async () => {
    const here = await desk({ subscription: { property } });
    assert.equal((await here.post([item({ changedProperties })])).status, 202);
    assert.equal((await here.stored()).length, taken);
    assert.equal(await here.series('unwanted_total{subscription="app-updated"}'), taken === 0 ? 1 : 0);
  });
}

test('receive: a change that was not asked for is left out without complaint, a deletion is of every property', async () => {
  const updates = await desk({ subscription: { changes: ['update'] } });
  for (const changeType of [1, 3]) assert.equal((await updates.post([item({ changeType })])).status, 202);
  assert.deepEqual(await updates.stored(), []);
  const here = await desk({ subscription: { property: 'name' } });
  assert.equal((await here.post([item({ changeType: 3, changedProperties: ['owner'] })])).status, 202);
  assert.equal((await here.stored()).length, 1);
});

for (const type of [
  'application/json; charset=utf-8',
  'text/plain',
  'application/x-www-form-urlencoded',
  '',
]) {
  test(`receive: what QRS sends is JSON, if it says "${type}" too`, async () => {
    const here = await desk();
    const { status } = await here.post([item()], undefined, type === '' ? {} : { 'content-type': type });
    assert.equal(status, 202);
  });
}
