import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulator } from '../../simulator/server.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import { readApp } from '../../src/qrs/apps/find.ts';
import { replaceApp } from '../../src/qrs/apps/replace.ts';
import { connect } from '../../src/qrs/connection.ts';
import type { App } from '../../src/qrs/entities.ts';
import { keepingLog, quickClock, siteOf } from '../sites-for-tests.ts';

/** Replaces "Live" by "Draft" on a site, which answers as `answered` says in the place of what it would say. */
async function replaced(
  answered?: (before: App) => unknown,
  switches: SwitchesInput = {},
): Promise<{ before: App; now: App | undefined; there: App | undefined }> {
  const tags = ['Kept'];
  const simulator = await startSimulator({
    name: 'test',
    data: {
      streams: ['Everyone'],
      tags,
      apps: [{ name: 'Draft' }, { name: 'Live', stream: 'Everyone', tags }],
    },
    switches,
  });
  const { signal } = new AbortController();
  const qrs = connect(siteOf('test', simulator), { clock: quickClock(), signal, log: keepingLog() });
  try {
    const [draft, live] = await Promise.all([...simulator.site.apps.keys()].map(id => readApp(qrs, id)));
    if (!draft || !live) throw new Error('the site lacks an app');
    if (answered) {
      const fault = { answer: JSON.stringify(answered(live)), contentType: 'application/json' };
      simulator.faults.add({ path: /\/replace$/, fault });
    }
    const now = await replaceApp(qrs, draft, live);
    return { before: live, now, there: await readApp(qrs, live.id) };
  } finally {
    await qrs.close();
    await simulator.stop();
  }
}

const LATER = '2030-01-01T00:00:00.000Z';

test('replace: an answer that is the target, whole and changed, is a reading of it', async () => {
  const { now, there } = await replaced();
  assert.ok(now);
  assert.deepEqual(now, there);
});

test('replace: an answer that is the giver is none', async () => {
  const { now } = await replaced(undefined, { replaceAnswers: 'source' });
  assert.equal(now, undefined);
});

const NO_READINGS: [string, (before: App) => unknown][] = [
  ['with the date of before', before => before],
  ['with another id', before => ({ ...before, id: crypto.randomUUID(), modifiedDate: LATER })],
  ['without the tags', ({ tags, ...rest }) => ({ ...rest, modifiedDate: LATER })],
  [
    'without a field that only the site knows',
    ({ savedInProductVersion, ...rest }) => ({ ...rest, modifiedDate: LATER }),
  ],
  ['with nothing but an id', ({ id }) => ({ id, modifiedDate: LATER })],
  ['null', () => null],
  ['a word', () => 'done'],
];

for (const [what, answered] of NO_READINGS) {
  test(`replace: an answer ${what} is no reading`, async () => {
    const { before, now } = await replaced(answered);
    assert.ok('savedInProductVersion' in before);
    assert.equal(now, undefined);
  });
}
