import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trouble } from '../../simulator/github/trouble.ts';
import { limitOf } from '../../src/github/limits.ts';
import { setClock, wordsOf, world } from './world.ts';

const NOW = Date.UTC(2026, 0, 5, 6);
const inSeconds = (seconds: number) => String(NOW / 1000 + seconds);
const dated = (ms: number) => ({ date: new Date(NOW + ms).toUTCString() });

const RATES = 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api';

/** [what, status, headers, documentation, seconds from now; `unsaid`: a limit without a time] */
const LIMITS: readonly [string, number, Record<string, string>, string, number | 'unsaid' | undefined][] = [
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
    RATES,
    900,
  ],
  [
    'the reset by a clock that is ahead',
    403,
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(900), ...dated(600_000) },
    RATES,
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
    `${RATES}#about-secondary-rate-limits`,
    'unsaid',
  ],
  [
    'its older address',
    403,
    {},
    'https://docs.github.com/rest/overview/resources-in-the-rest-api#secondary-rate-limits',
    'unsaid',
  ],
  ['429 without anything', 429, {}, '', 'unsaid'],
  [
    'a permission that lacks',
    403,
    { 'x-ratelimit-remaining': '4000' },
    'https://docs.github.com/rest/repos/repos#create-a-repository-dispatch-event',
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

for (const [what, status, headers, documentation_url, seconds] of LIMITS) {
  test(`limit: ${what}`, () => {
    const data = { message: 'You have exceeded a rate limit.', documentation_url };
    const limit = limitOf({ kind: 'answer', status, headers, data, redirected: false }, setClock(NOW));
    if (seconds === undefined) assert.equal(limit, undefined);
    else assert.deepEqual(limit, { wait: seconds === 'unsaid' ? undefined : seconds * 1000 });
  });
}

test('the hourly limit of GitHub holds until the time that it tells', async () => {
  const { hub, send, clock } = await world({ switches: { perHour: 1, limitStatus: 429 } });
  const last = await send();
  assert.ok(last.kind === 'accepted' && last.wait !== undefined && Math.abs(last.wait - 3_600_000) < 2_000);
  const outcome = await send();
  assert.equal(outcome.kind, 'limited');
  const wait = outcome.kind === 'limited' ? (outcome.wait ?? 0) : 0;
  assert.ok(wait >= 3_600_000 && wait < 3_602_000);
  assert.equal(outcome.kind === 'limited' && outcome.budget, 0);
  assert.match(
    wordsOf(outcome),
    /^GitHub \(HOST\) takes no more calls until 20\d\d-.*Z and did not dispatch "qlik-app-updated" to acme\/events: 429 API rate limit exceeded for .*\.$/,
  );
  assert.equal(hub.dispatches.length, 1);
  clock.time += wait;
  assert.equal((await send()).kind, 'accepted');
});

test('the limit on calls that come too close holds for as long as GitHub asks', async () => {
  const { send, fault } = await world();
  fault(trouble.secondaryLimit(120));
  const outcome = await send();
  assert.equal(outcome.kind === 'limited' && outcome.wait, 120_000);
  fault(trouble.secondaryLimit());
  const unsaid = await send();
  assert.equal(unsaid.kind, 'limited');
  assert.equal(unsaid.kind === 'limited' && unsaid.wait, undefined);
});
