import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trouble } from '../../../simulator/github/trouble.ts';
import { handClock } from '../../../simulator/site/hand-clock.ts';
import { at, until } from '../client.ts';
import { call, dispatch, github, good } from './client.ts';

const noon = Date.parse('2026-11-22T12:00:00Z');

async function limited(switches = {}) {
  const clock = handClock(noon);
  const second = { ...good, token: 'second' };
  const stranger = { ...good, token: 'stranger', user: 'hubot' };
  const hub = await github({ clock, switches, tokens: [good, second, stranger] });
  return { hub, clock };
}

for (const limitStatus of [403, 429] as const) {
  test(`more than so many requests an hour are answered ${limitStatus}, until the hour is over`, async () => {
    const { hub, clock } = await limited({ perHour: 2, limitStatus });
    const first = await dispatch(hub);
    assert.deepEqual(
      ['limit', 'remaining', 'used', 'reset'].map(name => first.headers[`x-ratelimit-${name}`]),
      ['2', '1', '1', String(noon / 1000 + 3600)],
    );
    clock.advance(1_800_000);
    // All tokens of a user share his limit.
    assert.equal((await dispatch(hub, { token: 'second' })).status, 204);
    const reply = await dispatch(hub);
    assert.equal(reply.status, limitStatus);
    assert.match(String(at(reply.json, 'message')), /^API rate limit exceeded for user ID octocat\./);
    assert.equal(reply.headers['x-ratelimit-remaining'], '0');
    assert.equal(reply.headers['retry-after'], undefined);
    assert.equal((await dispatch(hub, { token: 'stranger' })).status, 204);
    clock.advance(1_799_999);
    assert.equal((await dispatch(hub)).status, limitStatus);
    clock.advance(1);
    assert.equal((await dispatch(hub)).status, 204);
    assert.equal(hub.dispatches.length, 4);
    assert.deepEqual(hub.breaches, []);
  });
}

test('asking for the limits costs nothing', async () => {
  const { hub } = await limited({ perHour: 1 });
  const ask = () => call(hub, 'GET', '/rate_limit');
  assert.equal(at((await ask()).json, 'rate', 'remaining'), 1);
  await dispatch(hub);
  const { status, json } = await ask();
  assert.equal(status, 200);
  assert.deepEqual(at(json, 'resources', 'core'), {
    limit: 1,
    used: 1,
    remaining: 0,
    reset: noon / 1000 + 3600,
  });
  assert.deepEqual(hub.breaches, []);
});

test('GitHub Enterprise Server has no limits', async () => {
  const { hub } = await limited({ perHour: 0, enterprise: '3.19.0' });
  const reply = await call(hub, 'GET', '/api/v3/rate_limit');
  assert.deepEqual([reply.status, at(reply.json, 'message')], [404, 'Rate limiting is not enabled.']);
  assert.equal((await dispatch(hub)).headers['x-ratelimit-limit'], undefined);
});

test('writes that come too close are refused, and nothing more is taken for a while', async () => {
  const { hub, clock } = await limited({ apart: 1000 });
  assert.equal((await dispatch(hub)).status, 204);
  clock.advance(999);
  assert.equal((await call(hub, 'GET', '/repos/acme/events')).status, 200);
  const reply = await dispatch(hub);
  assert.equal(reply.status, 403);
  assert.match(String(at(reply.json, 'message')), /^You have exceeded a secondary rate limit\./);
  assert.equal(reply.headers['retry-after'], '60');
  assert.notEqual(reply.headers['x-ratelimit-remaining'], '0');
  clock.advance(59_999);
  assert.equal((await dispatch(hub)).status, 403);
  clock.advance(60_000);
  assert.equal((await dispatch(hub)).status, 204);
  clock.advance(1000);
  assert.equal((await dispatch(hub)).status, 204);
  assert.equal(hub.dispatches.length, 3);
});

test('the pause may not be told', async () => {
  const { hub } = await limited({ apart: 1000, retryAfter: false, limitStatus: 429 });
  await dispatch(hub);
  const reply = await dispatch(hub);
  assert.deepEqual([reply.status, reply.headers['retry-after']], [429, undefined]);
});

test('writes that are under way together are too close, however long the first one takes', async () => {
  const { hub, clock } = await limited({ apart: 1000 });
  hub.faults.add({ path: /dispatches/, fault: trouble.slow(60_000) });
  const slow = dispatch(hub).catch(() => {});
  await hub.dispatched(1);
  clock.advance(5000);
  assert.equal((await dispatch(hub)).status, 403);
  await hub.stop();
  await slow;
});

test('a write that was lost is over', async () => {
  const { hub, clock } = await limited({ apart: 1000 });
  hub.faults.add({ path: /dispatches/, fault: trouble.lostAnswer });
  await assert.rejects(dispatch(hub));
  clock.advance(1000);
  await until(() => hub.dispatches.length === 1);
  assert.equal((await dispatch(hub)).status, 204);
});
