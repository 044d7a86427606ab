import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handClock } from '../../../simulator/site/hand-clock.ts';
import { at } from '../client.ts';
import { call, dispatch, events, github, good, workflow } from './client.ts';

const page = 'https://docs.github.com/rest/repos/repos#create-a-repository-dispatch-event';

test('a dispatch is taken, kept in order, and starts the runs of those who listen', async () => {
  const clock = handClock(Date.parse('2026-11-22T12:00:00Z'));
  const hub = await github({ clock });
  const heard: string[] = [];
  const end = hub.onDispatch(one => heard.push(one.event_type));
  const first = await dispatch(hub, {
    body: { event_type: 'qlik-app-updated', client_payload: { delivery: '1' } },
  });
  clock.advance(1000);
  end();
  await dispatch(hub, { body: { event_type: 'nobody-listens' } });
  assert.deepEqual([first.status, first.text], [204, '']);
  const credential = { kind: 'fine-grained', token: good.token, login: 'octocat' };
  const run = {
    id: 1,
    repository: 'acme/events',
    workflow: '.github/workflows/promote.yml',
    event_type: 'qlik-app-updated',
    client_payload: { delivery: '1' },
  };
  assert.deepEqual(await hub.dispatched(2), [
    {
      at: Date.parse('2026-11-22T12:00:00Z'),
      repository: 'acme/events',
      event_type: 'qlik-app-updated',
      client_payload: { delivery: '1' },
      credential,
      runs: [run],
    },
    {
      at: Date.parse('2026-11-22T12:00:01Z'),
      repository: 'acme/events',
      event_type: 'nobody-listens',
      client_payload: {},
      credential,
      runs: [],
    },
  ]);
  assert.deepEqual(hub.runs, [run]);
  assert.deepEqual(heard, ['qlik-app-updated']);
  assert.deepEqual(hub.breaches, []);
});

test('the same dispatch twice makes two runs', async () => {
  const hub = await github();
  await dispatch(hub);
  await dispatch(hub);
  assert.deepEqual(
    hub.runs.map(({ id }) => id),
    [1, 2],
  );
});

test('waiting for a dispatch that does not come is told', async () => {
  const hub = await github();
  await assert.rejects(hub.dispatched(1, 20), { message: '0 of 1 dispatches came' });
  const waiting = hub.dispatched(1);
  await dispatch(hub);
  assert.equal((await waiting).length, 1);
});

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n]));
const ofBytes = (bytes: number, filler = 'x') => {
  const frame = JSON.stringify({ event_type: 'e', client_payload: { text: '' } });
  const left = bytes - frame.length;
  return JSON.stringify({
    event_type: 'e',
    client_payload: { text: filler.repeat(left / Buffer.byteLength(filler)) },
  });
};

for (const [what, body, status, message] of [
  ['ten properties', { event_type: 'e', client_payload: many(10) }, 204, undefined],
  [
    'eleven properties',
    { event_type: 'e', client_payload: many(11) },
    422,
    'No more than 10 properties are allowed; 11 were supplied.',
  ],
  ['a name of 100 characters', { event_type: 'e'.repeat(100) }, 204, undefined],
  [
    'a name of 101 characters',
    { event_type: 'e'.repeat(101) },
    422,
    'Only 100 characters are allowed; 101 were supplied.',
  ],
  ['no name', { client_payload: {} }, 422, '"event_type" wasn\'t supplied.'],
  ['nothing at all', undefined, 422, '"event_type" wasn\'t supplied.'],
  ['an empty name', { event_type: '' }, 422, 'At least 1 characters are required; only 0 were supplied.'],
  [
    'a payload that is text',
    { event_type: 'e', client_payload: '{}' },
    422,
    'For \'properties/client_payload\', "{}" is not an object.',
  ],
  ['another key', { event_type: 'e', ref: 'main' }, 422, '"ref" is not a permitted key.'],
  ['what is no JSON', '{"event_type"', 400, 'Problems parsing JSON'],
  ['65,535 bytes', ofBytes(65_535), 204, undefined],
  ['65,536 bytes', ofBytes(65_536), 422, 'client_payload is too large.'],
  ['half as many characters, of two bytes each', ofBytes(65_537, 'é'), 422, 'client_payload is too large.'],
] as const) {
  test(`a dispatch with ${what} is answered ${status}`, async () => {
    const hub = await github();
    const reply = await dispatch(hub, { body });
    assert.equal(reply.status, status);
    assert.equal(hub.dispatches.length, status === 204 ? 1 : 0);
    assert.equal(hub.breaches.length, status === 204 ? 0 : 1);
    if (message === undefined) return;
    assert.equal(String(at(reply.json, 'message')).replace('Invalid request.\n\n', ''), message);
    assert.deepEqual(hub.breaches[0]?.problems, [message]);
    assert.equal(at(reply.json, 'documentation_url'), page);
    assert.equal(at(reply.json, 'status'), String(status));
  });
}

const other = '.github/workflows/other.yaml';
for (const [what, change, runs] of [
  ['names the type', { files: { [other]: workflow('[a, e]') } }, [other]],
  ['names the type alone', { files: { [other]: workflow('e') } }, [other]],
  ['takes all types', { files: { [other]: 'on: repository_dispatch' } }, [other]],
  ['takes all types, among others', { files: { [other]: 'on: [push, repository_dispatch]' } }, [other]],
  ['takes all types, without a word', { files: { [other]: 'on: { repository_dispatch: }' } }, [other]],
  ['names other types', { files: { [other]: workflow('[a]') } }, []],
  ['listens to pushes', { files: { [other]: 'on: push' } }, []],
  ['is disabled', { files: { [other]: 'on: repository_dispatch' }, disabledWorkflows: [other] }, []],
  ['is no YAML', { files: { [other]: 'on: [repository_dispatch' } }, []],
  ['is no workflow file', { files: { '.github/workflows/a/b.yml': 'on: repository_dispatch' } }, []],
  ['may not run', { files: { [other]: 'on: repository_dispatch' }, actions: false }, []],
] as const) {
  test(`where the file ${what}, 204 starts ${runs.length} runs`, async () => {
    const hub = await github({ repositories: [{ ...events, ...change }] });
    assert.equal((await dispatch(hub, { body: { event_type: 'e' } })).status, 204);
    assert.deepEqual(
      hub.runs.map(run => run.workflow),
      runs,
    );
  });
}

test('an archived repository takes none', async () => {
  const hub = await github({ repositories: [{ ...events, archived: true }] });
  const reply = await dispatch(hub);
  assert.deepEqual(
    [reply.status, at(reply.json, 'message')],
    [403, 'Repository was archived so is read-only.'],
  );
  assert.deepEqual(hub.dispatches, []);
});

test('a renamed repository redirects to its number, and a POST keeps its method there', async () => {
  const hub = await github();
  hub.rename('acme/events', 'acme/happenings');
  const moved = await dispatch(hub);
  const to = `${hub.url}/repositories/1000/dispatches`;
  assert.deepEqual([moved.status, moved.headers.location, at(moved.json, 'url')], [307, to, to]);
  assert.equal((await call(hub, 'GET', '/repos/acme/events')).status, 301);
  const body = { event_type: 'qlik-app-updated' };
  assert.equal((await call(hub, 'POST', to.slice(hub.url.length), { body })).status, 204);
  assert.equal((await dispatch(hub, {}, 'acme/happenings')).status, 204);
  assert.deepEqual(
    hub.dispatches.map(({ repository }) => repository),
    ['acme/happenings', 'acme/happenings'],
  );
  assert.deepEqual(hub.breaches, []);
});
