import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trouble } from '../../../simulator/github/trouble.ts';
import { at, until } from '../client.ts';
import { call, dispatch, github } from './client.ts';

const gone = { code: /ECONNRESET|ECONNREFUSED/ };
const onDispatch = { method: 'POST', path: /\/dispatches$/ };

test('an answer can be lost, with the dispatch taken', async () => {
  const hub = await github();
  hub.faults.add({ ...onDispatch, fault: trouble.lostAnswer });
  await assert.rejects(dispatch(hub), gone);
  assert.equal(hub.dispatches.length, 1);
  assert.equal(hub.counters.requests[0]?.status, 0);
  assert.equal((await dispatch(hub)).status, 204);
  assert.equal(hub.runs.length, 2);
});

test('a request can be lost, with nothing taken', async () => {
  const hub = await github();
  hub.faults.add({ ...onDispatch, times: 2, fault: trouble.lostRequest });
  for (let count = 0; count < 2; count++) await assert.rejects(dispatch(hub), gone);
  assert.equal((await dispatch(hub)).status, 204);
  assert.equal(hub.dispatches.length, 1);
});

for (const [what, fault, status, message, headers, taken] of [
  ['an error of the server', trouble.serverError(), 500, 'Server Error', {}, 0],
  ['an error after the work', trouble.doneButServerError(), 502, undefined, {}, 1],
  ["a gateway's page", trouble.unicorn(504), 504, undefined, { 'content-type': 'text/html' }, 0],
  ['the secondary limit', trouble.secondaryLimit(30), 403, /secondary/, { 'retry-after': '30' }, 0],
  [
    'the secondary limit without a hint',
    trouble.secondaryLimit(undefined, 429),
    429,
    /secondary/,
    { 'retry-after': undefined },
    0,
  ],
  [
    'the primary limit',
    trouble.primaryLimit(1_800_000_000),
    403,
    /^API rate limit exceeded/,
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1800000000' },
    0,
  ],
] as const) {
  test(`${what} is answered ${status}`, async () => {
    const hub = await github();
    hub.faults.add({ ...onDispatch, fault });
    const reply = await dispatch(hub);
    assert.equal(reply.status, status);
    if (message !== undefined) assert.match(String(at(reply.json, 'message')), new RegExp(message));
    for (const [name, value] of Object.entries(headers)) assert.equal(reply.headers[name], value);
    assert.equal(hub.dispatches.length, taken);
    assert.deepEqual(hub.breaches, []);
  });
}

test('an answer can end in the middle, or be slow', async () => {
  const hub = await github();
  hub.faults.add({ path: /\/repos\/acme\/events$/, fault: trouble.brokenAnswer });
  await assert.rejects(call(hub, 'GET', '/repos/acme/events'), { code: 'ECONNRESET' });
  hub.faults.add({ ...onDispatch, fault: trouble.slow(60_000) });
  const slow = assert.rejects(dispatch(hub), gone);
  await hub.dispatched(1);
  await hub.stop();
  await slow;
});

test('a request can be held until the test lets it go', async () => {
  const hub = await github();
  const { promise, resolve } = Promise.withResolvers<void>();
  hub.faults.add({ ...onDispatch, fault: { run: () => promise } });
  const held = dispatch(hub);
  await until(() => hub.counters.requests.length === 1);
  assert.equal((await call(hub, 'GET', '/repos/acme/events')).status, 200);
  assert.equal(hub.dispatches.length, 0);
  resolve();
  assert.equal((await held).status, 204);
});

for (const how of ['refused', 'reset'] as const) {
  test(`GitHub goes away, its connections ${how}, and comes back at the same address`, async () => {
    const hub = await github();
    await hub.away(how);
    await assert.rejects(dispatch(hub), how === 'reset' ? { code: 'ECONNRESET' } : gone);
    await hub.back();
    assert.equal((await dispatch(hub)).status, 204);
    assert.equal(hub.dispatches.length, 1);
  });
}
