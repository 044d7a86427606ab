import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trouble } from '../../simulator/github/trouble.ts';
import { limitOf } from '../../src/github/limits.ts';
import type { Answer } from '../../src/github/send.ts';
import { setClock, wordsOf, world } from './world.ts';

const NOW = Date.UTC(2026, 0, 5, 6);
const inSeconds = (seconds: number) => String(NOW / 1000 + seconds);
const dated = (ms: number) => ({ date: new Date(NOW + ms).toUTCString() });

/** [what, status, headers, message, seconds from now] */
const LIMITS: readonly [string, number, Record<string, string>, string, number | undefined][] = [
  ['retry-after in seconds', 403, { 'retry-after': '30' }, '', 30],
  ['retry-after with 429', 429, { 'retry-after': '30' }, '', 30],
  [
    'retry-after before the reset',
    403,
    { 'retry-after': '30', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(900) },
    '',
    30,
  ],
  ['retry-after as a date', 429, { 'retry-after': new Date(NOW + 45_000).toUTCString() }, '', 45],
  [
    'retry-after as a date of a clock that is behind',
    429,
    { 'retry-after': new Date(NOW).toUTCString(), ...dated(-45_000) },
    '',
    45,
  ],
  [
    'the reset of the hour',
    403,
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(900) },
    'API rate limit exceeded',
    900,
  ],
  [
    'the reset by a clock that is ahead',
    403,
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(900), ...dated(600_000) },
    'API rate limit exceeded',
    300,
  ],
  [
    'the reset by a clock that is behind',
    429,
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(900), ...dated(-600_000) },
    '',
    1500,
  ],
  ['a reset that is past', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(-5) }, '', 1],
  [
    'the secondary limit without a time',
    403,
    { 'x-ratelimit-remaining': '4000', 'x-ratelimit-reset': inSeconds(900) },
    'You have exceeded a secondary rate limit.',
    60,
  ],
  ['its older words', 403, {}, 'You have triggered an abuse detection mechanism.', 60],
  ['429 without anything', 429, {}, '', 60],
  [
    'a permission that lacks',
    403,
    { 'x-ratelimit-remaining': '4000' },
    'Resource not accessible by integration',
    undefined,
  ],
  [
    'another status, whatever is left',
    404,
    { 'x-ratelimit-remaining': '0', 'retry-after': '5' },
    '',
    undefined,
  ],
  ['a server in trouble', 503, { 'retry-after': '5' }, '', undefined],
];

for (const [what, status, headers, message, seconds] of LIMITS) {
  test(`limit: ${what}`, () => {
    const answer: Answer = { kind: 'answer', status, headers, data: '' };
    const until = limitOf(answer, message, setClock(NOW));
    assert.equal(until === undefined ? undefined : (until - NOW) / 1000, seconds);
  });
}

test('the hourly limit of GitHub holds until the time that it tells', async () => {
  const { hub, send, clock } = await world({ switches: { perHour: 1, limitStatus: 429 } });
  const started = clock.now();
  await send();
  const outcome = await send();
  assert.equal(outcome.kind, 'limited');
  assert.ok(
    outcome.kind === 'limited' && outcome.until >= started + 3_600_000 && outcome.until < started + 3_602_000,
  );
  assert.equal(outcome.kind === 'limited' && outcome.budget, 0);
  assert.match(
    wordsOf(outcome),
    /^GitHub \(HOST\) takes no more calls for now and did not dispatch "qlik-app-updated" to acme\/events: 429 API rate limit exceeded for .*\. It may be asked again from 20\d\d-.*Z\.$/,
  );
  assert.equal(hub.dispatches.length, 1);
  clock.time = outcome.kind === 'limited' ? outcome.until : 0;
  assert.equal((await send()).kind, 'accepted');
});

test('the limit on calls that come too close holds for as long as GitHub asks', async () => {
  const { send, clock, fault } = await world();
  fault(trouble.secondaryLimit(120));
  const outcome = await send();
  assert.equal(outcome.kind === 'limited' && outcome.until, clock.now() + 120_000);
});
