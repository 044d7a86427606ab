import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noDate, noId } from '../../simulator/site/entities.ts';
import { enums } from '../../simulator/site/enums.ts';
import { at, qrs, text } from './client.ts';
import { tasked } from './tasked.ts';

const going = [1, 2, 3, 4, 5, 10, 13, 14];

for (const [number, ends] of enums.status.entries()) {
  test(`a run that ends ${ends} leaves a record of ${number}, and no session`, async () => {
    const { start, session, results, task, clock } = await tasked({ runs: [{ takes: '2s', ends }] });
    const id = await start();
    assert.equal(at((await session(id)).json, 'executionResult', 'status'), 2);
    const [early] = await results(id);
    assert.deepEqual([at(early, 'status'), at(early, 'stopTime'), at(early, 'duration')], [2, noDate, 0]);
    clock.advance(1999);
    assert.equal((await session(id)).status, 200);
    clock.advance(1);
    assert.equal((await session(id)).status, 404);
    const [result, ...more] = await results(id);
    assert.deepEqual([at(result, 'status'), more], [number, []]);
    assert.equal(at(result, 'stopTime') === noDate, going.includes(number));
    assert.equal(at(result, 'duration'), going.includes(number) ? 0 : 2000);
    assert.equal(at(await task(), 'operational', 'lastExecutionResult', 'status'), number);
    const messages = Object(at(result, 'details')).map((detail: unknown) => at(detail, 'message'));
    assert.ok(messages.includes('Changing task state from Triggered to Started'));
    assert.ok(messages.includes(`Changing task state from Started to ${ends}`));
  });
}

test('runs come in turn, the last one for ever', async () => {
  const runs = [{ ends: 'FinishedFail' as const, node: 'sched-02' }, { ends: 'FinishedSuccess' as const }];
  const { start, results, clock } = await tasked({ runs });
  const seen: unknown[] = [];
  for (let count = 0; count < 3; count++) {
    const id = await start();
    clock.advance(1000);
    const [result] = await results(id);
    seen.push([at(result, 'status'), at(result, 'executingNodeName')]);
  }
  assert.deepEqual(seen, [
    [8, 'sched-02'],
    [7, 'sched-01'],
    [7, 'sched-01'],
  ]);
});

test('a run may be queued first, and pass other statuses before its end', async () => {
  const runs = [{ queued: '1s', takes: 1000, through: ['AbortInitiated' as const, 'Aborting' as const] }];
  const { start, session, statusOf, clock } = await tasked({ runs });
  const id = await start();
  const seen: unknown[] = [await statusOf(id)];
  for (const step of [1000, 333, 333, 333]) {
    clock.advance(step);
    seen.push(await statusOf(id));
  }
  assert.deepEqual(seen, [3, 2, 4, 5, 5]);
  clock.advance(1);
  assert.equal((await session(id)).status, 404);
});

test('retries are several results of one session, with Retry between them', async () => {
  const failed = { takes: '1s', ends: 'FinishedFail' as const };
  const attempts = [failed, { ...failed, queued: '5s' }, { takes: '1s' }];
  const { start, session, results, statusOf, clock, task } = await tasked({ runs: [{ attempts }] });
  const id = await start();
  const seen: unknown[] = [];
  for (const step of [0, 1000, 4999, 1, 1000, 100]) {
    clock.advance(step);
    const retries = at((await session(id)).json, 'retries');
    seen.push([await statusOf(id), retries, (await results(id)).length]);
  }
  assert.deepEqual(seen, [
    [2, 0, 1],
    [10, 1, 2],
    [10, 1, 2],
    [2, 1, 2],
    [10, 2, 3],
    [2, 2, 3],
  ]);
  clock.advance(1000);
  assert.equal((await session(id)).status, 404);
  assert.deepEqual(
    (await results(id)).map(result => at(result, 'status')),
    [7, 8, 8],
  );
  assert.equal(at(await task(), 'operational', 'lastExecutionResult', 'status'), 7);
});

test('a run that never ends can be stopped, and takes its time', async () => {
  const { sim, start, stop, session, results, statusOf, clock } = await tasked({ runs: [{ never: true }] });
  sim.site.switches.stopTakes = 1000;
  const id = await start();
  clock.advance(24 * 3_600_000);
  assert.equal(await statusOf(id), 2);
  assert.equal((await stop()).status, 204);
  assert.equal(at((await session(id)).json, 'abortReason'), 1);
  assert.equal(await statusOf(id), 4);
  clock.advance(500);
  await stop();
  assert.equal(await statusOf(id), 5);
  clock.advance(500);
  assert.equal((await session(id)).status, 404);
  assert.equal(at((await results(id))[0], 'status'), 6);
  assert.equal((await stop()).status, 204);
  assert.equal((await results(id)).length, 1);
});

test('a stop in the middle of retries ends them all', async () => {
  const attempts = [{ ends: 'FinishedFail' as const }, {}];
  const { start, stop, results, clock } = await tasked({ runs: [{ attempts }] });
  const id = await start();
  clock.advance(1050);
  await stop();
  clock.advance(100_000);
  assert.deepEqual(
    (await results(id)).map(result => at(result, 'status')),
    [6, 8],
  );
});

for (const [startRefused, disabled, again] of [
  [true, [201, noId], 'empty'],
  [false, [400, undefined], 'same'],
] as const) {
  test(`with startRefused ${startRefused}, a disabled or running task is not started`, async () => {
    const { sim, start, own } = await tasked({}, { startRefused });
    const id = await start();
    assert.equal(await start(), again === 'same' ? id : noId);
    assert.equal(sim.site.sessions.size, 1);
    sim.site.sessions.clear();
    own.enabled = false;
    const reply = await qrs(sim, 'POST', `/task/${own.id}/start/synchronous`, { body: {} });
    assert.deepEqual([reply.status, at(reply.json, 'value')], disabled);
    const unwatched = await qrs(sim, 'POST', `/task/${own.id}/start`, { body: {} });
    assert.equal(unwatched.status, startRefused ? 204 : 400);
    assert.equal(sim.site.sessions.size, 0);
  });
}

test('a start that the data file refuses gives the empty id, and the next one is the next run', async () => {
  const { sim, start } = await tasked({ runs: [{ startRefused: true }, {}] });
  assert.equal(await start(), noId);
  assert.equal(sim.site.results.size, 0);
  assert.ok(sim.site.sessions.has(await start()));
});

test('a task is started by its name, watched or not', async () => {
  const { sim, clock } = await tasked({});
  const post = (path: string) => qrs(sim, 'POST', path, { body: {} });
  const watched = await post('/Task/Start/Synchronous?Name=Nightly%20Sales');
  assert.equal(watched.status, 201);
  assert.ok(sim.site.sessions.has(text(watched.json, 'value')));
  clock.advance(1000);
  assert.equal((await post('/task/start?name=Nightly%20Sales')).status, 204);
  assert.equal(sim.site.sessions.size, 1);
  assert.equal((await post('/task/start?name=Other')).status, 404);
  assert.equal((await post('/task/start')).status, 400);
  assert.equal((await post(`/task/${crypto.randomUUID()}/start/synchronous`)).status, 404);
});

test('somebody else may run the task too: each run has its session and its results', async () => {
  const { sim, own, start, session, results, clock } = await tasked({
    runs: [{ takes: '5s' }, { takes: '1s', ends: 'FinishedFail' }],
  });
  const mine = await start();
  const other = sim.runTask(own.id, 'CORP\\ann');
  assert.notEqual(other, mine);
  assert.equal(at((await session(other)).json, 'user'), 'CORP\\ann');
  assert.equal(at((await session(mine)).json, 'user'), 'INTERNAL\\sa_api');
  clock.advance(5000);
  assert.deepEqual([at((await results(mine))[0], 'status'), at((await results(other))[0], 'status')], [7, 8]);
});

test('the last result of the task may still be the previous one', async () => {
  const last = { ends: 'FinishedFail' as const, ago: '1h', takes: '5m' };
  const { task, start, clock, results, sim } = await tasked({ last }, { staleLastResult: 3000 });
  const shown = async () => at(await task(), 'operational', 'lastExecutionResult');
  const before = await shown();
  assert.deepEqual([at(before, 'status'), at(before, 'duration')], [8, 300_000]);
  assert.equal(Date.parse(text(before, 'stopTime')), clock.now() - 3_600_000);
  const id = await start();
  clock.advance(2999);
  assert.equal(at((await results(id))[0], 'status'), 7);
  assert.equal(at(await shown(), 'id'), at(before, 'id'));
  clock.advance(1);
  assert.equal(at(await shown(), 'id'), at((await results(id))[0], 'id'));
  assert.equal(sim.site.results.size, 2);
});

test('results may come late, and a session may stay after the end', async () => {
  const { start, session, results, clock } = await tasked({}, { resultLate: 1500, sessionLingers: 2000 });
  const id = await start();
  assert.deepEqual(await results(id), []);
  assert.equal(at((await session(id)).json, 'executionResult'), null);
  clock.advance(1500);
  assert.equal(at((await results(id))[0], 'status'), 7);
  assert.equal(at((await session(id)).json, 'executionResult', 'status'), 7);
  clock.advance(1499);
  assert.equal((await session(id)).status, 200);
  assert.notEqual(await start(), noId);
  clock.advance(1);
  assert.equal((await session(id)).status, 404);
});

test('what is under way when the simulator stops does not go on', async () => {
  const { sim, own, start, clock } = await tasked({});
  await start();
  await sim.stop();
  clock.advance(10_000);
  assert.equal(own.lastResult?.status, 'Started');
});
