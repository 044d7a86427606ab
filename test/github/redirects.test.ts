import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { refusalOf, wordsOf, world } from './world.ts';

test('a renamed repository gets its events under the old name, and the log is told once', async () => {
  const { hub, send, log } = await world();
  hub.rename('acme/events', 'acme/happenings');
  assert.deepEqual(await send({ payload: { delivery: '7' } }), {
    kind: 'accepted',
    budget: 4998,
    wait: undefined,
  });
  assert.equal((await send()).kind, 'accepted');
  assert.deepEqual(
    hub.dispatches.map(({ repository, client_payload }) => [repository, client_payload]),
    [
      ['acme/happenings', { delivery: '7' }],
      ['acme/happenings', { delivery: '1' }],
    ],
  );
  assert.deepEqual(log.warnings, [
    'The repository acme/events was renamed. GitHub forwards dispatches until somebody takes the old name: write the new one in the configuration; "check" shows it.',
  ]);
  assert.deepEqual(hub.breaches, []);
});

for (const status of [301, 302, 307, 308]) {
  test(`${status} on the same host keeps the method, the body and the token`, async () => {
    const { hub, send, fault } = await world();
    fault({ status, headers: { Location: '/repositories/1000/dispatches' } });
    assert.equal((await send()).kind, 'accepted');
    assert.deepEqual(
      hub.dispatches.map(({ client_payload }) => client_payload),
      [{ delivery: '1' }],
    );
  });
}

test('a redirect to another host is not followed: it would get the token', async () => {
  const got: string[] = [];
  const elsewhere = createServer((request, response) => {
    got.push(request.headers.authorization ?? '');
    response.end();
  }).listen(0, '127.0.0.1');
  after(() => elsewhere.close());
  await once(elsewhere, 'listening');
  const address = elsewhere.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const { send, fault } = await world();
  fault({ status: 307, headers: { Location: `http://127.0.0.1:${port}/x?secret=1` } });
  const outcome = await send();
  assert.deepEqual(refusalOf(outcome), { fault: 'repository', status: 307 });
  assert.equal(
    wordsOf(outcome),
    `GitHub (HOST) was asked to dispatch "qlik-app-updated" to acme/events and answered with a redirect to http://127.0.0.1:${port}: 307 Temporary Redirect. The token goes to no other host. Is the URL for GitHub right?`,
  );
  assert.deepEqual(got, []);
});

test('redirects without end are followed three times', async () => {
  const { hub, send, fault } = await world();
  fault({ status: 307, headers: { Location: '/repos/acme/events/dispatches' } }, 9);
  const outcome = await send();
  assert.equal(outcome.kind, 'refused');
  assert.match(
    wordsOf(outcome),
    /answered with it redirects again and again: 307 Temporary Redirect\. Is acme\/events written as GitHub has it now\?$/,
  );
  assert.equal(hub.counters.requests.length, 4);
});

for (const headers of [{}, { Location: 'http://[::' }]) {
  test(`a redirect to nowhere is not followed: ${JSON.stringify(headers)}`, async () => {
    const { hub, send, fault } = await world();
    fault({ status: 302, headers });
    const outcome = await send();
    assert.deepEqual(refusalOf(outcome), { fault: 'repository', status: 302 });
    assert.match(
      wordsOf(outcome),
      /answered with a redirect to nowhere: 302 Found\. Is acme\/events written/,
    );
    assert.equal(hub.counters.requests.length, 1);
  });
}
