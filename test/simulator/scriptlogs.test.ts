import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noId } from '../../simulator/site/entities.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import { at, qrs, text } from './client.ts';
import { tasked } from './tasked.ts';

type Given = Parameters<typeof tasked>[0];

/** One run that is over, and the two ways to its log. */
async function logged(runs: NonNullable<Given['runs']>, switches: SwitchesInput = {}) {
  const site = await tasked({ runs }, switches);
  const { sim, own, start, results, clock } = site;
  const id = await start();
  const [running] = await results(id);
  clock.advance(1000);
  const [result] = await results(id);
  const ticket = (way: 'old' | 'new', of: unknown = result, task = own.id) =>
    qrs(
      sim,
      'GET',
      way === 'old'
        ? `/reloadtask/${task}/scriptlog?filereferenceid=${text(of, 'fileReferenceID')}`
        : `/reloadtask/${task}/scriptlogfile?executionresultid=${text(of, 'id')}`,
    );
  const download = (value: string) => qrs(sim, 'GET', `/download/reloadtask/${value}/any%20name.log`);
  return { ...site, running, result, ticket, download };
}

for (const way of ['old', 'new'] as const) {
  test(`the ${way} call gives a ticket for one download of the log`, async () => {
    const log = 'Field not found\n(Script Error)';
    const { result, ticket, download } = await logged([{ takes: '1s', ends: 'FinishedFail', log }]);
    assert.equal(at(result, 'scriptLogAvailable'), true);
    const reply = await ticket(way);
    assert.equal(reply.status, 200);
    const first = await download(text(reply.json, 'value'));
    assert.equal(first.status, 200);
    assert.match(first.headers['content-type'] ?? '', /^text\/plain/);
    assert.match(first.text, /^\d{8}T\d{6}\.\d{3}\+0000 {6}Execution started\.\r\n/);
    assert.match(first.text, /Field not found\r\n.* {6}\(Script Error\)\r\n$/);
    assert.equal(first.text.replaceAll('\r\n', '').search(/[\r\n]/), -1);
    assert.equal(at(result, 'scriptLogSize'), first.bytes.length);
    assert.equal((await download(text(reply.json, 'value'))).status, 404);
    assert.notEqual(text((await ticket(way)).json, 'value'), text(reply.json, 'value'));
  });

  test(`the ${way} call gives no ticket for a run that goes on, or one of another task`, async () => {
    const { running, ticket, download, start, results } = await logged([{ takes: '1s' }, { never: true }]);
    assert.deepEqual([at(running, 'scriptLogAvailable'), at(running, 'fileReferenceID')], [false, noId]);
    const [going] = await results(await start());
    assert.equal((await ticket(way, going)).status, 404);
    assert.equal((await ticket(way, undefined, crypto.randomUUID())).status, 404);
    assert.equal((await download(crypto.randomUUID())).status, 404);
    assert.equal((await download('nonsense')).status, 404);
  });
}

for (const [scriptLog, old, later] of [
  ['both', 200, 200],
  ['old', 200, 404],
  ['new', 404, 200],
] as const) {
  test(`a site with scriptLog "${scriptLog}" answers ${old} to the old call, ${later} to the new one`, async () => {
    const { ticket } = await logged([{}], { scriptLog });
    assert.deepEqual([(await ticket('old')).status, (await ticket('new')).status], [old, later]);
  });
}

test('a log may be late: first there is no ticket, then no download', async () => {
  const { ticket, download, clock } = await logged([{}], { scriptLogLate: 500 });
  clock.advance(249);
  assert.equal((await ticket('new')).status, 404);
  clock.advance(1);
  const value = text((await ticket('new')).json, 'value');
  clock.advance(249);
  assert.equal((await download(value)).status, 404);
  clock.advance(1);
  assert.equal((await download(value)).status, 200);
});

test('a run says how it ended in a log of its own, unless its script never ran', async () => {
  for (const [ends, last] of [
    ['FinishedSuccess', /Execution finished\.\r\n$/],
    ['FinishedFail', /Execution Failed\r\n.*Execution finished\.\r\n$/],
    ['Skipped', undefined],
    ['Error', undefined],
  ] as const) {
    const { result, ticket, download } = await logged([{ ends }]);
    assert.equal(at(result, 'scriptLogAvailable'), last !== undefined);
    const reply = await ticket('new');
    assert.equal(reply.status, last ? 200 : 404);
    if (last) assert.match((await download(text(reply.json, 'value'))).text, last);
  }
});
