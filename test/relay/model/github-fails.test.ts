import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { AnswerName } from './answers.ts';
import { anna, HOUR, MINUTE, plan, type Scene, SECOND, scene } from './scene.ts';
import type { WorldOptions } from './world.ts';

/** What GitHub does, and how often it is called for it. Counts, not sets. */

const ONE = plan({ name: 'one' });
const TWO = plan({ name: 'one', filter: "name sw 'App0'" }, { name: 'two', filter: "name sw 'App1'" });

let it: Scene;
afterEach(async () => {
  await it.close();
  assert.deepEqual(it.world.github.breaches, []);
});
async function started(options: WorldOptions = {}): Promise<void> {
  it = await scene({ plan: ONE, ...options });
}
const answer = (name: AnswerName, to = 'everybody') => it.happen({ do: 'answer', to, answer: name });
const callsOf = (repository: string) => it.world.book.calls.filter(call => call.repository === repository);

for (const name of ['unicorn', 'unavailable', 'reset', 'conflict', 'misdirected', 'closed'] as const) {
  test(`the only change that waits is dispatched though GitHub fails for 12 s (${name})`, async () => {
    await started();
    await answer(name);
    await it.happen(anna());
    await it.pass(12 * SECOND);
    await answer('taken');
    await it.pass(65 * SECOND);
    assert.deepEqual(it.told(), ['one: App0 v1']);
    assert.equal(new Set(callsOf('acme/one').map(({ payload }) => payload.delivery)).size, 1);
  });
}

for (const closed of [20 * SECOND, HOUR]) {
  test(`and though GitHub's port is closed for ${closed / SECOND} s`, async () => {
    await started({ period: HOUR });
    await it.happen({ do: 'github', closed: true }, anna());
    await it.pass(closed);
    await it.happen({ do: 'github', closed: false });
    await it.pass(65 * SECOND);
    assert.deepEqual(it.told(), ['one: App0 v1']);
  });
}

for (const [name, hours] of [
  ['unicorn', 26],
  ['lost', 2],
] as const) {
  test(`${hours} hours of answers that may have been a yes gives no change up (${name})`, async () => {
    await started({ period: HOUR });
    await answer(name);
    await it.happen(anna());
    await it.pass(hours * HOUR);
    await answer('taken');
    await it.pass(65 * SECOND);
    const calls = callsOf('acme/one');
    assert.equal(calls.at(-1)?.answer.meaning, 'taken');
    assert.equal(new Set(calls.map(({ text }) => text)).size, 1);
    // Once a minute, and a few at first.
    assert.ok(calls.length <= hours * 60 + 10, `${calls.length} calls`);
  });
}

test('a change of another repository is dispatched when all else that waits is of a refused one', async () => {
  await started({ plan: TWO });
  await answer('missing', 'acme/one');
  await it.happen(anna(0));
  await it.pass(30 * SECOND);
  await answer('unicorn', 'acme/two');
  await it.happen(anna(1));
  await it.pass(12 * SECOND);
  await answer('taken', 'acme/two');
  await it.pass(65 * SECOND);
  assert.deepEqual(it.told(), ['two: App1 v1']);
});

for (const name of ['singleSignOn', 'forbidden', 'missing', 'gone', 'movedNowhere'] as const) {
  test(`a repository that refuses stops no other one, and is asked every ten minutes (${name})`, async () => {
    await started({ plan: TWO });
    await answer(name, 'acme/one');
    await it.happen(anna(0));
    await it.pass(MINUTE);
    const late: number[] = [];
    for (let time = 0; time < 24; time += 1) {
      const before = it.now();
      await it.happen(anna(1));
      await it.pass(5 * MINUTE);
      late.push((it.taken().at(-1)?.at ?? 0) - before);
    }
    assert.equal(callsOf('acme/two').length, 24);
    assert.ok(
      late.every(ms => ms >= 5 * SECOND && ms <= 8 * SECOND),
      `dispatched after ${late.join(', ')} ms`,
    );
    const refused = callsOf('acme/one').length;
    assert.ok(refused >= 12 && refused <= 20, `${refused} calls in two hours`);
    assert.match(await it.world.get('/readyz?verbose'), /acme\/one/);
    const warned = it.said(/acme\/one/).length;
    assert.ok(warned >= 1 && warned <= 20, `${warned} lines about it`);
    await answer('taken', 'acme/one');
    await it.pass(10.5 * MINUTE);
    assert.equal(it.taken().filter(({ repository }) => repository === 'acme/one').length, 1);
    assert.doesNotMatch(await it.world.get('/readyz?verbose'), /acme\/one/);
  });
}

for (const by of [-HOUR, HOUR, -24 * HOUR]) {
  test(`a clock that is set by ${by / HOUR} h delays nothing and is noticed`, async () => {
    await started();
    await it.happen(anna(0));
    await it.pass(30 * SECOND);
    await it.happen({ do: 'clock', by }, anna(1));
    await it.pass(10 * SECOND);
    assert.deepEqual(it.told(), ['one: App0 v1', 'one: App1 v1']);
    await answer('unicorn');
    await it.happen(anna(2));
    await it.pass(20 * SECOND);
    await it.happen({ do: 'clock', by });
    await answer('taken');
    await it.pass(65 * SECOND);
    assert.deepEqual(it.told().slice(2), ['one: App2 v1']);
    await it.pass(10 * MINUTE);
    assert.ok(it.said(/clock/i).length >= 1, it.world.lines().join('\n'));
  });
}

test('a page that a proxy answers for one app alone holds up no other app, and fills no log', async () => {
  await started();
  await answer('proxyPage', it.app('dev', 0).id);
  await it.happen(anna(0), anna(1));
  // As long as nothing else was taken, it might be everything that is refused.
  await it.pass(10 * MINUTE);
  assert.deepEqual(it.told(), ['one: App1 v1']);
  const late: number[] = [];
  for (let time = 0; time < 60; time += 1) {
    const before = it.now();
    await it.happen(anna(1 + (time % 4)));
    await it.pass(MINUTE);
    late.push((it.taken().at(-1)?.at ?? 0) - before);
  }
  assert.equal(it.taken().length, 61);
  assert.ok(
    late.every(ms => ms <= 15 * SECOND),
    `dispatched after ${late.join(', ')} ms`,
  );
  const own = it.world.book.calls.filter(({ taken }) => !taken).length;
  assert.ok(own >= 4 && own <= 80, `${own} calls for the app that is refused`);
  assert.ok(it.said(/^Warning/).length <= 30, it.said(/^Warning/).join('\n'));
});

test('nor do two such apps: one that did not fail shows that the repository takes calls', async () => {
  await started();
  for (const app of [0, 1]) await answer('proxyPage', it.app('dev', app).id);
  await it.happen(anna(0), anna(1));
  await it.pass(10 * SECOND);
  await it.happen(anna(2));
  await it.pass(20 * MINUTE);
  assert.deepEqual(it.told(), ['one: App2 v1']);
  await it.happen(anna(3));
  await it.pass(15 * SECOND);
  assert.deepEqual(it.told(), ['one: App2 v1', 'one: App3 v1']);
});

test('an app that changes every 3 s in 60 s without GitHub is one dispatch, and one more for what was tried', async () => {
  await started();
  await it.happen({ do: 'github', closed: true });
  for (let time = 0; time < 20; time += 1) {
    await it.happen(anna(0));
    await it.pass(3 * SECOND);
  }
  await it.happen({ do: 'github', closed: false });
  await it.pass(3 * MINUTE);
  assert.ok(it.told().length <= 2, it.told().join(', '));
  assert.equal(it.told().at(-1), 'one: App0 v20');
});

for (const [name, rest] of [
  ['limited', 90],
  ['limited429', 300],
  ['usedUp', 400],
] as const) {
  test(`GitHub's rest is kept, also by a relay that is started again (${name})`, async () => {
    await started();
    await answer(name);
    await it.happen(anna(0));
    await it.pass(10 * SECOND);
    const [first] = it.world.book.calls;
    assert.ok(first);
    await it.happen({ do: 'relay', how: 'kill', ms: SECOND }, anna(1));
    await it.pass(10 * SECOND);
    await it.happen({ do: 'relay', how: 'restart', ms: SECOND });
    await it.pass((rest + 70) * SECOND);
    const second = it.world.book.calls[1]?.at ?? 0;
    assert.ok(second - first.at >= (rest - 1) * SECOND, `called again after ${second - first.at} ms`);
    assert.deepEqual(it.told(), ['one: App0 v1', 'one: App1 v1']);
    assert.equal(it.world.book.calls.length, 3);
  });
}

test('two limits in a row are two rests, not a longer one', async () => {
  await started();
  await answer('limited');
  await it.happen(anna(0));
  await it.pass(10 * SECOND);
  await answer('limited');
  await it.pass(3 * MINUTE + 5 * SECOND);
  const [first = 0, second = 0, third = 0] = it.world.book.calls.map(({ at }) => at);
  assert.ok(
    second - first <= 92 * SECOND && third - second <= 92 * SECOND,
    `${second - first}, ${third - second}`,
  );
  assert.equal(it.told().length, 1);
});

test('an event that GitHub finds invalid is tried three times, an hour apart, and holds up none', async () => {
  await started();
  await answer('invalid', it.app('dev', 0).id);
  await it.happen(anna(0));
  await it.pass(30 * SECOND);
  await it.happen(anna(1));
  await it.pass(10 * SECOND);
  assert.deepEqual(it.told(), ['one: App1 v1']);
  await it.pass(5 * HOUR);
  const times = it.world.book.calls.filter(({ taken }) => !taken).map(({ at }) => at);
  assert.equal(times.length, 3);
  const [first = 0, second = 0, third = 0] = times;
  assert.ok(second - first >= HOUR - MINUTE && third - second >= HOUR - MINUTE);
  await answer('taken', it.app('dev', 0).id);
  await it.happen(anna(0));
  await it.pass(10 * SECOND);
  assert.deepEqual(it.told(), ['one: App1 v1', 'one: App0 v2']);
});

test('pages without a reason in two repositories within a minute are a limit', async () => {
  await started({ plan: TWO });
  await answer('archived', 'acme/one');
  await answer('archived', 'acme/two');
  await it.happen(anna(0), anna(1));
  await it.pass(10 * SECOND);
  assert.equal(it.world.book.calls.length, 2);
  await answer('taken', 'acme/one');
  await answer('taken', 'acme/two');
  await it.pass(40 * SECOND);
  assert.equal(it.world.book.calls.length, 2, 'the pace rests a minute');
  await it.pass(15 * MINUTE);
  assert.equal(it.told().length, 2);
});
