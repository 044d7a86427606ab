import assert from 'node:assert/strict';
import { once } from 'node:events';
import { beforeEach, test } from 'node:test';
import { appNamed, at, exported, open, qrs, send, started } from './client.ts';

const sim = await started({ data: { apps: [{ name: 'A', size: '300 KB' }] } });
const app = appNamed(sim, 'A');
const tag = () => qrs(sim, 'POST', '/tag', { body: { name: 'new' } });
const path = /\/tag$/;

beforeEach(() => {
  sim.faults.clear();
  sim.site.tags.clear();
});

async function download() {
  return open(sim, 'GET', await exported(sim, app.id));
}

async function read(response: AsyncIterable<Buffer>) {
  let length = 0;
  try {
    for await (const chunk of response) length += chunk.length;
    return { length, ended: 'well' };
  } catch {
    return { length, ended: 'broken' };
  }
}

test('a status instead of the work, as often and as late as asked', async () => {
  const fault = { status: 503, body: 'Busy', headers: { 'Retry-After': '2' } };
  sim.faults.add({ method: 'POST', path, after: 1, times: 2, fault });
  const replies = [await tag(), await tag(), await tag(), await tag()];
  assert.deepEqual(
    replies.map(({ status }) => status),
    [201, 503, 503, 201],
  );
  assert.deepEqual([replies[1]?.text, replies[1]?.headers['retry-after']], ['Busy', '2']);
  assert.equal(sim.site.tags.size, 2);
});

test('several faults of one path come one after the other', async () => {
  for (const status of [500, 429]) sim.faults.add({ path, fault: { status } });
  const statuses = [(await tag()).status, (await tag()).status, (await tag()).status];
  assert.deepEqual(statuses, [500, 429, 201]);
});

test('a fault of another method, path or query does nothing', async () => {
  sim.faults.add({ method: 'PUT', fault: { status: 500 } });
  sim.faults.add({ path: /stream/, fault: { status: 500 } });
  sim.faults.add({ query: /name=/, fault: { status: 500 } });
  assert.equal((await tag()).status, 201);
});

for (const [when, tags] of [
  ['before', 0],
  ['after', 1],
] as const) {
  test(`hanging up ${when} the work`, async () => {
    sim.counters.reset();
    sim.faults.add({ path, fault: { hangUp: when } });
    await assert.rejects(tag(), { code: 'ECONNRESET' });
    assert.equal(sim.site.tags.size, tags);
    assert.equal(sim.counters.requests[0]?.status, 0);
  });
}

test('an error although the work is done', async () => {
  sim.faults.add({ path, fault: { refuse: 502, doneFirst: true } });
  assert.equal((await tag()).status, 502);
  assert.equal(sim.site.tags.size, 1);
});

test('a login page instead of an answer', async () => {
  sim.faults.add({ path, fault: { answer: '<html>', contentType: 'text/html' } });
  const reply = await tag();
  assert.deepEqual([reply.status, reply.text, reply.headers['content-type']], [200, '<html>', 'text/html']);
});

test('a delay goes with other faults', async () => {
  sim.faults.add({ path, fault: { delay: 30 } });
  sim.faults.add({ path, fault: { status: 500 } });
  const begun = performance.now();
  assert.equal((await tag()).status, 500);
  assert.ok(performance.now() - begun >= 29);
});

test('a download that breaks off is used up', async () => {
  sim.faults.add({ path: /tempcontent/, fault: { truncate: 200_000 } });
  const path = await exported(sim, app.id);
  const response = await open(sim, 'GET', path);
  assert.equal(response.headers['content-length'], '300000');
  assert.deepEqual(await read(response), { length: 200_000, ended: 'broken' });
  assert.equal((await send(sim, 'GET', path)).status, 404);
});

test('a download that ends early and well', async () => {
  sim.faults.add({ path: /tempcontent/, fault: { endEarly: 200_000 } });
  const response = await download();
  assert.equal(response.headers['content-length'], undefined);
  assert.deepEqual(await read(response), { length: 200_000, ended: 'well' });
});

test('an answer that breaks off within its JSON', async () => {
  sim.faults.add({ path, fault: { truncate: 5 } });
  await assert.rejects(tag(), { code: 'ECONNRESET' });
});

test('a download that falls silent lasts until the simulator stops', async () => {
  const own = await started({ data: { apps: [{ name: 'A', size: '300 KB' }] } });
  own.faults.add({ path: /tempcontent/, fault: { stall: 100_000 } });
  const response = await open(own, 'GET', await exported(own, appNamed(own, 'A').id));
  let length = 0;
  response.on('data', chunk => {
    length += chunk.length;
  });
  while (length < 100_000) await once(response, 'data');
  const broken = once(response, 'error');
  await own.stop();
  assert.equal(at(await broken, 0, 'code'), 'ECONNRESET');
  assert.equal(length, 100_000);
});

test('a hook changes an app behind the back of the client', async () => {
  const { json } = await qrs(sim, 'GET', `/app/${app.id}`);
  sim.faults.add({
    method: 'PUT',
    path: /app/,
    fault: { run: site => site.touch(app, app.owner, ['description']) },
  });
  const put = () => qrs(sim, 'PUT', `/app/${app.id}`, { body: json });
  assert.equal((await put()).status, 409);
  const again = await qrs(sim, 'GET', `/app/${app.id}`);
  assert.equal((await qrs(sim, 'PUT', `/app/${app.id}`, { body: again.json })).status, 200);
});
