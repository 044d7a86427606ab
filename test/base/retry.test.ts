import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RemoteError, StoppedError } from '../../src/base/errors.ts';
import { retry, settle } from '../../src/base/retry.ts';
import { formatBytes, formatDuration } from '../../src/base/units.ts';
import { quickClock } from '../sites-for-tests.ts';

function broken(more: Partial<ConstructorParameters<typeof RemoteError>[0]> = {}): RemoteError {
  return new RemoteError({ site: 's', attempt: 'a', answer: 'x', mayBeDone: true, final: false, ...more });
}

const patience = () => ({ clock: quickClock(), signal: new AbortController().signal });

test('retry: four tries, with pauses that grow', async () => {
  const given = patience();
  let tries = 0;
  const work = async () => {
    tries += 1;
    throw broken();
  };
  await assert.rejects(
    retry(given, () => true, work),
    RemoteError,
  );
  assert.deepEqual([tries, given.clock.waits], [4, [500, 1000, 2000]]);
});

test('retry: a clear no and a stranger are not tried again', async () => {
  for (const error of [broken({ final: true }), new TypeError('x')]) {
    let tries = 0;
    const work = async () => {
      tries += 1;
      throw error;
    };
    await assert.rejects(
      retry(patience(), () => true, work),
      error,
    );
    assert.equal(tries, 1);
  }
});

test('retry: Retry-After is obeyed, up to a minute', async () => {
  for (const [asked, waited] of [
    [3_000, 3_000],
    [600_000, 60_000],
    [10, 500],
  ] as const) {
    const given = patience();
    let tries = 0;
    await retry(
      given,
      () => true,
      async () => {
        tries += 1;
        if (tries === 1) throw broken({ retryAfter: asked });
      },
    );
    assert.deepEqual(given.clock.waits, [waited]);
  }
});

test('retry: stops waiting when the run is cancelled', async () => {
  const cancelled = new AbortController();
  const given = { clock: quickClock(), signal: cancelled.signal };
  await assert.rejects(
    retry(
      given,
      () => true,
      async () => {
        cancelled.abort();
        throw broken();
      },
    ),
    StoppedError,
  );
});

test('settle: a lost answer is looked up before the change is made again', async () => {
  const story: string[] = [];
  const change = async () => {
    story.push('change');
    throw broken();
  };
  const look = async () => {
    story.push('look');
    return story.length > 3 ? 'there' : undefined;
  };
  assert.equal(await settle(patience(), change, look), 'there');
  assert.deepEqual(story, ['change', 'look', 'change', 'look']);
});

test('settle: what was certainly not done is not looked for', async () => {
  const story: string[] = [];
  await settle(
    patience(),
    async () => {
      story.push('change');
      if (story.length === 1) throw broken({ mayBeDone: false, status: 429 });
      return true;
    },
    async () => {
      story.push('look');
      return undefined;
    },
  );
  assert.deepEqual(story, ['change', 'change']);
});

/** A change whose answers are these errors in turn, and then none; what the site shows; and all that happened. */
async function settled(answers: (Error | undefined)[], looks: (Error | undefined)[] = []) {
  const story: string[] = [];
  const change = async () => {
    story.push('change');
    const error = answers.shift();
    if (error) throw error;
    return 'made';
  };
  const look = async () => {
    story.push('look');
    const error = looks.shift();
    if (error) throw error;
    return undefined;
  };
  const end = await settle(patience(), change, look, () => void story.push('unsure')).catch(
    (error: unknown) => error,
  );
  return { end, story: story.join(' ') };
}

const LOST = broken({ answer: 'the answer was lost' });
const REFUSED = broken({ mayBeDone: false, final: true, status: 403, answer: 'Forbidden' });

test('settle: says of each lost answer that the change may still come', async () => {
  const { end, story } = await settled([LOST, LOST]);
  assert.equal(end, 'made');
  assert.equal(story, 'change unsure look change unsure look change');
});

test('settle: after a lost answer no error says that the change was surely not made', async () => {
  const { end, story } = await settled([LOST, REFUSED]);
  assert.ok(end instanceof RemoteError);
  assert.deepEqual([end.status, end.mayBeDone], [403, true]);
  assert.equal(story, 'change unsure look change');
  const first = await settled([REFUSED]);
  assert.equal(first.end, REFUSED, 'a refusal of the first try is certain');
  assert.equal(first.story, 'change');
});

test('settle: a look that fails is not repeated, and the error is that of the change', async () => {
  const { end, story } = await settled([LOST], [broken({ answer: 'the look failed', mayBeDone: false })]);
  assert.ok(end instanceof RemoteError);
  assert.match(end.message, /the answer was lost/);
  assert.equal(end.mayBeDone, true);
  assert.equal(story, 'change unsure look');
});

test('settle: an error that is no answer of a site goes on as it is', async () => {
  const stopped = new StoppedError('Stopped.');
  assert.equal((await settled([stopped])).end, stopped);
  assert.equal((await settled([LOST], [stopped])).end, stopped);
});

test('retry: shows what it waits for', async () => {
  const shown: string[] = [];
  const waiting = (words: (time: string) => string) => {
    shown.push(words('2 s'));
    return () => {};
  };
  let tries = 0;
  await retry(
    { ...patience(), log: { waiting } },
    () => true,
    async () => {
      tries += 1;
      if (tries === 1) throw broken({ answer: 'it was away' });
    },
  );
  assert.match(shown.join(), /^trying again after a pause, 2 s so far: Site "s" .* it was away/);
});

test('errors: what was attempted, where, what came back, what to look at', () => {
  const said = broken({
    site: 'prod',
    attempt: 'publish app "S"',
    status: 403,
    answer: 'Forbidden',
    hint: 'Right?',
  });
  assert.equal(said.message, 'Site "prod" refused to publish app "S": 403 Forbidden. Right?');
  assert.equal(broken({ answer: 'it broke' }).message, 'Site "s" gave no answer when asked to a: it broke.');
  assert.ok(broken({ status: 500, answer: 'y'.repeat(9000) }).message.length < 600);
});

test('units', () => {
  assert.deepEqual([0, 999, 1500, 20_000_000, 1_400_000_000].map(formatBytes), [
    '0 B',
    '999 B',
    '1.5 KB',
    '20 MB',
    '1.4 GB',
  ]);
  assert.deepEqual([400, 12_000, 185_000, 7_440_000].map(formatDuration), [
    '0.4 s',
    '12 s',
    '3 min 5 s',
    '2 h 4 min',
  ]);
});
