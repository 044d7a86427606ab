import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { anna, HOUR, MINUTE, own, plan, type Scene, SECOND, scene } from './scene.ts';
import { ANNA, OWN } from './sites.ts';
import type { Step } from './steps.ts';
import type { WorldOptions } from './world.ts';

/** What a site does, and what the relay makes of it. Counts, not sets. */

const ONE = plan({ name: 'one' });
const ALL = plan({ name: 'one', changes: ['Add', 'Update', 'Delete'] });

let it: Scene;
afterEach(() => it.close());
async function started(options: WorldOptions = {}): Promise<void> {
  it = await scene({ plan: ONE, ...options });
}
const handles = (how: 'same-handle' | 'accumulate'): Step => ({ do: 'handles', how });
const restart: Step = { do: 'relay', how: 'restart', ms: 0 };
const kill: Step = { do: 'relay', how: 'kill', ms: 0 };
const siteRestart: Step = { do: 'site', site: 'dev', how: 'restart' };
const repeat = (late: number | 'none', app = 0): Step => ({
  ...{ do: 'repeat', site: 'dev', app, late, times: 1, change: 2 },
});

for (const how of ['same-handle', 'accumulate'] as const) {
  test(`the action's own tag is no change, also when each renewal has a new handle (${how})`, async () => {
    await started();
    await it.happen(handles(how), anna(0));
    await it.pass(10 * SECOND);
    await it.happen(own(0), own(1));
    await it.pass(HOUR);
    assert.deepEqual(it.told(), ['one: App0 v1']);
  });

  test(`a workflow that tags the app starts no loop (${how})`, async () => {
    await started();
    await it.happen(handles(how), anna(0));
    for (let time = 0, runs = 0; time < 60; time += 1) {
      await it.pass(MINUTE);
      for (; runs < it.told().length; runs += 1) await it.happen(own(0));
    }
    assert.deepEqual(it.told(), ['one: App0 v1']);
  });

  for (const [name, step] of Object.entries({ restart, kill, siteRestart })) {
    test(`what the ignored user alone changed stays undispatched after a ${name} (${how})`, async () => {
      await started();
      await it.happen(handles(how), anna(0));
      await it.pass(10 * SECOND);
      await it.happen(own(0), own(1), own(2));
      await it.pass(5 * MINUTE);
      await it.happen(step);
      await it.pass(30 * MINUTE);
      assert.deepEqual(it.told(), ['one: App0 v1']);
    });
  }
}

test('a subscription that QRS refuses stops no other one, and is shown', async () => {
  await started({
    plan: plan({ name: 'one', filter: 'nonsense eq 1' }, { name: 'two' }, { name: 'three', site: 'prod' }),
  });
  await it.happen(anna(0), anna(0, 'prod'));
  await it.pass(10 * SECOND);
  assert.deepEqual(it.told().sort(), ['three: App0 v1', 'two: App0 v1']);
  // What nobody tells of is caught up with, too.
  await it.happen({ do: 'lose', every: 1 }, anna(1));
  await it.pass(11 * MINUTE);
  assert.equal(it.told().at(-1), 'two: App1 v1');
  assert.match(await it.world.get('/readyz?verbose'), /\bone\b/);
  assert.ok(it.said(/\bone\b/).length >= 1);
  const posts = it.world.sites.dev.counters.requests.filter(
    ({ method, path }) => method === 'POST' && path.includes('notification'),
  );
  assert.ok(posts.length <= 60, `${posts.length} subscriptions were asked for in eleven minutes`);
});

for (const late of [120, -MINUTE, 5 * MINUTE, 'none'] as const) {
  test(`a repeat is no change, whatever its date (${late})`, async () => {
    await started();
    await it.happen(anna(0));
    await it.pass(MINUTE);
    await it.happen(repeat(late), repeat(late));
    await it.pass(2 * MINUTE);
    await it.happen(repeat(late));
    await it.pass(2 * MINUTE);
    assert.deepEqual(it.told(), ['one: App0 v1']);
  });
}

test('what was told is not told again when the history is short and the relay starts again', async () => {
  await started({ more: 'history: { age: 1m, rows: 0 }' });
  await it.happen(anna(0));
  await it.pass(3 * HOUR);
  await it.happen(restart);
  await it.pass(30 * MINUTE);
  await it.happen(repeat(120));
  await it.pass(5 * MINUTE);
  assert.deepEqual(it.told(), ['one: App0 v1']);
});

test('a reload that failed is told, whoever the record names', async () => {
  const failed = plan({
    name: 'one',
    entity: 'ExecutionResult',
    changes: ['Add', 'Update'],
    statuses: ['FinishedFail', 'Aborted'],
  });
  await started({ plan: failed });
  const [task = ''] = it.world.sites.dev.site.tasks.keys();
  it.world.sites.dev.runTask(task, OWN);
  await it.pass(30 * SECOND);
  assert.equal(it.told().length, 1);
  await it.happen(restart, siteRestart);
  await it.pass(30 * MINUTE);
  assert.equal(it.told().length, 1);
});

test('the deletion of an app that the relay never saw is told, though the site does not list it', async () => {
  await started({ plan: ALL });
  it.world.sites.dev.faults.add({
    method: 'GET',
    path: /\/notification\/changes/,
    times: 1000,
    fault: { answer: '[]', contentType: 'application/json' },
  });
  await it.happen({ do: 'remove', app: 3 });
  await it.pass(10 * MINUTE);
  assert.equal(it.taken().length, 1);
  assert.deepEqual([it.taken()[0]?.payload.change, it.taken()[0]?.payload.object.name], ['delete', null]);
});

test('the deletion of an app that was seen has its name, and that of an own working copy is no news', async () => {
  await started({ plan: ALL });
  await it.happen({ do: 'add', who: 'anna' }, { do: 'add', who: 'own' });
  await it.pass(MINUTE);
  assert.equal(it.told().length, 1);
  await it.happen({ do: 'remove', app: 6 }, { do: 'remove', app: 5 });
  await it.pass(11 * MINUTE);
  assert.deepEqual(
    it.taken().map(({ payload }) => `${payload.change} ${payload.object.name}`),
    ['add New5 v0', 'delete New5 v0'],
  );
});

test('a forged deletion of an app that is there is not told', async () => {
  await started({ plan: ALL });
  await it.happen(anna(0));
  await it.pass(MINUTE);
  await it.happen({ do: 'repeat', site: 'dev', app: 0, late: 0, times: 2, change: 3 });
  await it.pass(5 * MINUTE);
  assert.deepEqual(it.told(), ['one: App0 v1']);
});

test('a site that is renamed keeps what waits, and what changed meanwhile is found', async () => {
  await started();
  await it.happen({ do: 'github', closed: true }, anna(0));
  await it.pass(MINUTE);
  it.world.plan({ ...plan({ name: 'one', site: 'develop' }), dev: 'develop' });
  await it.world.end(false);
  await it.happen(anna(1));
  await it.world.start();
  await it.happen({ do: 'github', closed: false });
  await it.pass(3 * MINUTE);
  assert.deepEqual(it.told().sort(), ['one: App0 v1', 'one: App1 v1']);
  assert.equal(it.taken().at(-1)?.payload.site, 'develop');
});

test('lost notifications are found within ten minutes, one dispatch for each app', async () => {
  await started();
  await it.happen({ do: 'lose', every: 1 }, anna(0), anna(1), anna(0), anna(2));
  await it.pass(10 * MINUTE + 20 * SECOND);
  assert.deepEqual(it.told().sort(), ['one: App0 v2', 'one: App1 v1', 'one: App2 v1']);
});

test('a change under the eyes of nobody is found when the site is back', async () => {
  await started();
  await it.happen({ do: 'site', site: 'dev', how: 'away' }, anna(0));
  await it.pass(30 * MINUTE);
  await it.happen({ do: 'site', site: 'dev', how: 'back' });
  await it.pass(MINUTE);
  assert.deepEqual(it.told(), ['one: App0 v1']);
});

test('a byte order mark before a notification does no harm', async () => {
  await started();
  await it.happen(anna(0));
  await it.pass(10 * SECOND);
  it.app('dev', 1).name = 'App1 v1';
  it.app('dev', 1).modifiedDate = it.world.sites.dev.site.now();
  it.app('dev', 1).modifiedByUserName = ANNA;
  const item = { changeType: 2, objectType: 'App', objectID: it.app('dev', 1).id, changedProperties: [] };
  await it.world.notifyText('one', `\uFEFF${JSON.stringify([item])}`);
  await it.pass(10 * SECOND);
  assert.equal(it.told().length, 2);
});

test('changes that the site does not list do not make all subscriptions anew', async () => {
  await started();
  it.world.sites.dev.faults.add({
    method: 'GET',
    path: /\/notification\/changes/,
    times: 1000,
    fault: { status: 403, body: 'Forbidden' },
  });
  const asked = () =>
    it.world.sites.dev.counters.requests.filter(
      ({ method, path }) => method === 'POST' && path.includes('notification'),
    ).length;
  await it.happen({ do: 'relay', how: 'restart', ms: 0 });
  const before = asked();
  await it.happen(anna(0));
  await it.pass(10 * MINUTE);
  assert.ok(asked() - before <= 12, `${asked() - before} subscriptions in ten minutes`);
  assert.deepEqual(it.told(), ['one: App0 v1']);
});

test("a deletion that was none does not make an ignored user's change news", async () => {
  await started({ plan: ALL });
  await it.happen(anna(0));
  await it.pass(MINUTE);
  await it.happen({ do: 'repeat', site: 'dev', app: 0, late: 0, times: 1, change: 3 });
  await it.pass(3 * SECOND);
  await it.happen(own(0));
  await it.pass(5 * MINUTE);
  assert.deepEqual(it.told(), ['one: App0 v1']);
});
