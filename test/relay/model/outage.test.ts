import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { numbers } from '../../numbers.ts';
import { anna, HOUR, MINUTE, plan, type Scene, SECOND, scene } from './scene.ts';

/** An hour without GitHub: ten changes of each app, in 5 repositories. RELAY_OUTAGE_APPS=200 is as much as a large site. */
const APPS = Number(process.env.RELAY_OUTAGE_APPS ?? 80);
const CHANGES = 10 * APPS;
const AT_ONCE = APPS / 10;
const NAMES = ['one', 'two', 'three', 'four', 'five'];

let it: Scene | undefined;
after(() => it?.close());

test('an hour without GitHub is followed by at most one dispatch an app, and one more for what was tried', async () => {
  const streamOf = (index: number) => NAMES[index % NAMES.length] ?? '';
  it = await scene({
    plan: plan(...NAMES.map(name => ({ name, filter: `stream.name eq '${name}'` }))),
    dev: {
      streams: NAMES,
      apps: Array.from({ length: APPS }, (_, index) => ({
        ...{ name: `App${index} v0`, stream: streamOf(index), size: 10 },
      })),
    },
  });
  const { gateway, hours } = it.world;
  const random = numbers(7);
  await it.happen({ do: 'answer', to: 'everybody', answer: 'reset' });
  const began = hours.now();
  for (let change = 0; change < CHANGES; change += AT_ONCE) {
    const apps = Array.from({ length: AT_ONCE }, () => Math.floor(random() * APPS));
    await it.happen(...apps.map(app => anna(app)));
    await it.pass((AT_ONCE * HOUR) / CHANGES);
  }
  assert.ok(hours.now() - began >= HOUR);
  await it.happen({ do: 'answer', to: 'everybody', answer: 'taken' });
  const back = hours.now();
  await it.pass(10 * MINUTE);

  const calls = it.taken();
  const ids = new Set(calls.map(({ payload }) => payload.delivery));
  const tried = new Set(gateway.calls.filter(({ taken }) => !taken).map(({ payload }) => payload.delivery))
    .size;
  assert.equal(calls.length, ids.size, 'no dispatch came twice');
  assert.ok(tried < 100, `${tried} changes were tried in vain`);
  assert.ok(calls.length <= APPS + tried, `${calls.length} dispatches, though ${tried} were tried before`);
  const last = new Map(calls.map(({ payload }) => [payload.object.id, payload.object.name]));
  for (const { id, name } of it.world.appsOf('dev')) assert.equal(last.get(id), name);
  const [first] = calls;
  const end = calls.at(-1);
  assert.ok(first && end);
  assert.ok(
    first.at - back <= 70 * SECOND,
    `the first dispatch came ${(first.at - back) / SECOND} s after GitHub was back`,
  );
  assert.ok(end.at - first.at <= 4 * MINUTE, `the last one came ${(end.at - first.at) / SECOND} s later`);
  for (const [, own] of Map.groupBy(calls, ({ payload }) => payload.object.id)) {
    const versions = own.map(({ payload }) => Number(/\d+$/.exec(payload.object.name ?? '')?.[0]));
    assert.deepEqual(
      versions,
      versions.toSorted((a, b) => a - b),
    );
  }
});
