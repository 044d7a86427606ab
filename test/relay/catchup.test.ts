import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { edit } from './edit.ts';
import { endStages, type RelayStage, relayStage } from './stage.ts';
import { APP, OWN, startedAtOnce } from './started.ts';

afterEach(endStages);

function names(it: RelayStage): string[] {
  return it
    .told()
    .map(({ object }) => object.name ?? '')
    .sort();
}

const subscriptions = (it: RelayStage) =>
  it.dev.counters.requests.filter(({ method, path }) => method === 'POST' && path.includes('/notification'))
    .length;
const questions = (it: RelayStage) =>
  it.dev.counters.requests.filter(({ path }) => path.includes('/notification/changes')).length;

/** Lets time pass until the site was asked more than so often. */
async function asksAgain(it: RelayStage, asked: number): Promise<void> {
  for (let times = 0; questions(it) <= asked && times < 2_000; times += 1) await it.time.pass(500);
}

for (const [when, ms] of [
  ['before the second renewal', 30_000],
  ['after many', 200_000],
] as const) {
  test(`a restart of QRS ${when} forgets the subscriptions; what changes before the next one is found`, async () => {
    const it = await startedAtOnce();
    await it.time.pass(ms);
    await it.dev.restart();
    await edit(it, 'Sales', { description: 'told to nobody' });
    await it.time.pass(120_000);
    assert.deepEqual(names(it), ['Sales']);
    // Subscribed again, so the next one is told by QRS.
    const asked = questions(it);
    await edit(it, 'Stock', { description: 'told' });
    await it.time.pass(10_000);
    assert.deepEqual(names(it), ['Sales', 'Stock']);
    assert.equal(questions(it), asked);
  });
}

test('a site that did not answer a read is asked what it did not notify, though each handle is a new one', async () => {
  const it = await startedAtOnce({ switches: { duplicateSubscriptions: 'accumulate' } });
  await it.time.pass(200_000);
  await edit(it, 'Sales', { description: 'told' });
  it.dev.faults.add({ path: /app\/full$/, query: new RegExp(it.app('Sales')), fault: { hangUp: 'before' } });
  await it.time.pass(6_000);
  await it.dev.restart();
  await edit(it, 'Stock', { description: 'told to nobody' });
  await it.time.pass(90_000);
  assert.deepEqual(names(it), ['Sales', 'Stock']);
});

for (const how of ['refused', 'reset'] as const) {
  test(`a site that is away for a while (${how}) is caught up with as soon as it is back`, async () => {
    const tasks = [{ name: 'Nightly', app: 'Stock', runs: [{ takes: '2s' }] }];
    const it = await startedAtOnce({ data: { tasks } });
    await it.time.pass(300_000);
    await edit(it, 'Sales', { description: 'heard, but not yet read back' });
    await it.dev.away(how);
    it.dev.site.switches.loseEvery = 1;
    it.dev.runTask([...it.dev.site.tasks.keys()][0] ?? '');
    await it.time.pass(900_000);
    assert.deepEqual(names(it), []);
    await it.dev.back();
    await it.time.pass(30_000);
    assert.deepEqual(names(it), ['Sales', 'Stock']);
    assert.ok(it.lines.some(line => line.includes('is back')));
  });
}

test('QRS that never calls is asked every ten minutes', async () => {
  const it = await startedAtOnce({ switches: { loseEvery: 1 } });
  await edit(it, 'Sales', { description: 'lost' });
  await it.time.pass(300_000);
  assert.deepEqual(names(it), []);
  await it.time.pass(400_000);
  assert.deepEqual(names(it), ['Sales']);
  // What was told is not told again each time, although the questions overlap.
  await it.time.pass(3_600_000);
  assert.deepEqual(names(it), ['Sales']);
});

/** Passes time until the next question is so far away, ms. */
async function passUntilBefore(it: RelayStage, ms: number): Promise<void> {
  const asked = questions(it);
  while (questions(it) === asked) await it.time.pass(1_000);
  await it.time.pass(600_000 - ms);
}

test('a change that a site lists only a minute after its date is found by the next question', async () => {
  const it = await startedAtOnce({ switches: { loseEvery: 1 } });
  await passUntilBefore(it, 60_000);
  await edit(it, 'Sales', { description: 'lost' });
  const asked = questions(it);
  const empty = { answer: '[]', contentType: 'application/json' };
  it.dev.faults.add({ path: /notification\/changes$/, fault: empty });
  await it.time.pass(90_000);
  assert.deepEqual([names(it), questions(it) - asked], [[], 1]);
  await it.time.pass(600_000);
  assert.deepEqual(names(it), ['Sales']);
});

test('the change of an ignored user stays ignored where a question comes before its notification', async () => {
  const it = await startedAtOnce();
  await passUntilBefore(it, 4_000);
  it.dev.site.switches.loseEvery = 1;
  await edit(it, 'Sales', { description: 'stamped' }, OWN);
  const asked = questions(it);
  await it.time.pass(6_000);
  assert.equal(questions(it) - asked, 1);
  const late = { changeType: 2, objectType: 'App', objectID: it.app('Sales') };
  await it.post(`/notify/app-updated/${await it.secret()}`, JSON.stringify([late]));
  await it.time.pass(1_300_000);
  assert.deepEqual(names(it), []);
});

test('what changes while the relay is down is found when it starts', async () => {
  const it = await startedAtOnce();
  await it.time.pass(60_000);
  await it.stop();
  await edit(it, 'Sales', { description: 'unheard' });
  it.time.hand.advance(7_200_000);
  await edit(it, 'Stock', { description: 'unheard' });
  await it.start();
  await it.time.pass(20_000);
  assert.deepEqual(names(it), ['Sales', 'Stock']);
});

test('the first start takes nothing for missed', async () => {
  const stage = await relayStage({ subscriptions: APP });
  await edit(stage, 'Sales', { description: 'before there was a relay' });
  await stage.time.pass(60_000);
  await stage.start();
  await stage.time.pass(1_200_000);
  assert.deepEqual(names(stage), []);
});

test('a reload that nobody told of is found by its property, other changes are not taken for it', async () => {
  const tasks = [{ name: 'Nightly', app: 'Sales', runs: [{ takes: '2s' }] }];
  const apps = [
    { name: 'Sales', size: '10 KB' },
    { name: 'Stock', size: '10 KB' },
  ];
  const it = await startedAtOnce({
    subscriptions: `${APP}    property: lastReloadTime\n`,
    switches: { loseEvery: 1 },
    data: { apps, tasks },
  });
  await it.time.pass(300_000);
  it.dev.runTask([...it.dev.site.tasks.keys()][0] ?? '');
  await edit(it, 'Stock', { description: 'no reload' });
  await it.time.pass(1_200_000);
  assert.deepEqual(names(it), ['Sales']);
  const unwanted = await it.look(store => store.list({ states: ['unwanted'], limit: 10 }));
  assert.deepEqual(
    unwanted.map(({ reason }) => reason),
    ['lastReloadTime has not changed'],
  );
});

for (const ahead of [-7_200_000, 7_200_000]) {
  test(`a site's clock that is ${ahead / 1000} s ahead loses nothing, and is told of`, async () => {
    const it = await startedAtOnce({ switches: { ahead, loseEvery: 2 } });
    await it.time.pass(700_000);
    for (const name of ['Sales', 'Stock', 'Staff']) {
      await edit(it, name, { description: 'one' });
      await it.time.pass(700_000);
    }
    assert.deepEqual(names(it), ['Sales', 'Staff', 'Stock']);
    const word = ahead > 0 ? 'ahead of' : 'behind';
    const said = new RegExp(`its clock is 720[01] s ${word} this machine's`);
    assert.equal(it.lines.filter(line => said.test(line)).length, 1, 'it is said once');
  });
}

test("a site's clock that is set back hides nothing", async () => {
  const it = await startedAtOnce({ switches: { ahead: 3_600_000, loseEvery: 1 } });
  await it.time.pass(700_000);
  it.dev.site.switches.ahead = 0;
  await it.time.pass(700_000);
  await edit(it, 'Sales', { description: 'one' });
  await it.time.pass(1_300_000);
  assert.deepEqual(names(it), ['Sales']);
});

for (const step of [86_400_000, -86_400_000]) {
  test(`this machine's clock, set by ${step / 3_600_000} h right before a question, hides nothing`, async () => {
    const it = await startedAtOnce({ switches: { loseEvery: 1 } });
    await it.time.pass(300_000);
    const asked = questions(it);
    it.dev.faults.add({ path: /notification\/changes/, fault: { status: 500 } });
    await asksAgain(it, asked);
    it.time.set(step);
    await asksAgain(it, asked + 1);
    await edit(it, 'Sales', { description: 'told to nobody' });
    await it.time.pass(1_300_000);
    assert.deepEqual(names(it), ['Sales']);
  });
}

test('subscriptions are renewed every minute, and the site is not asked more than that', async () => {
  const it = await startedAtOnce();
  const [made, asked] = [subscriptions(it), questions(it)];
  await it.time.pass(3_600_000);
  assert.equal(subscriptions(it) - made, 60);
  assert.equal(questions(it) - asked, 6);
});

test('what was turned away for a full backlog is found later', async () => {
  const it = await startedAtOnce({ more: 'backlog: 1' });
  await it.time.pass(1_000);
  await edit(it, 'Sales', { description: 'fits' });
  await edit(it, 'Stock', { description: 'does not fit' });
  await it.time.pass(10_000);
  assert.deepEqual(names(it), ['Sales']);
  await it.time.pass(120_000);
  assert.deepEqual(names(it), ['Sales', 'Stock']);
});
