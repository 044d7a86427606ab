import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handClock } from '../../simulator/site/hand-clock.ts';
import type { Reply } from './client.ts';
import { appNamed, exported, idNamed, qrs, send, started, until } from './client.ts';

const data = {
  streams: ['Everyone'],
  tags: ['Promoted'],
  apps: [
    { name: 'Draft', size: '30 KB' },
    { name: 'Live', stream: 'Everyone', size: '30 KB' },
  ],
};

async function site() {
  const clock = handClock();
  const sim = await started({ data, clock });
  const [draft, live] = [appNamed(sim, 'Draft'), appNamed(sim, 'Live')];
  const { bytes } = await send(sim, 'GET', await exported(sim, draft.id));
  const stream = idNamed(sim.site.streams, 'Everyone');
  const read = await qrs(sim, 'GET', `/app/${draft.id}`);
  const names = () => [...sim.site.apps.values()].map(({ name }) => name).sort();
  const body = {};
  const verbs: Record<string, { call: () => Promise<Reply>; done: () => boolean }> = {
    upload: {
      call: () => qrs(sim, 'POST', '/app/upload?name=Late', { upload: bytes }),
      done: () => names().includes('Late'),
    },
    copy: {
      call: () => qrs(sim, 'POST', `/app/${live.id}/copy?name=Late`, { body }),
      done: () => names().includes('Late'),
    },
    publish: {
      call: () => qrs(sim, 'PUT', `/app/${draft.id}/publish?stream=${stream}`, { body }),
      done: () => draft.published,
    },
    replace: {
      call: () => qrs(sim, 'PUT', `/app/${draft.id}/replace?app=${live.id}`, { body }),
      done: () => live.content === draft.content,
    },
    delete: {
      call: () => qrs(sim, 'DELETE', `/app/${draft.id}`),
      done: () => !names().includes('Draft'),
    },
    PUT: {
      call: () => qrs(sim, 'PUT', `/app/${draft.id}`, { body: { ...Object(read.json), name: 'Late' } }),
      done: () => names().includes('Late'),
    },
    'POST of a tag': {
      call: () => qrs(sim, 'POST', '/tag', { body: { name: 'Late' } }),
      done: () => sim.site.tags.values().some(({ name }) => name === 'Late'),
    },
  };
  return { sim, clock, verbs };
}

for (const verb of Object.keys((await site()).verbs)) {
  for (const heard of ['nothing', 'cut', 504] as const) {
    test(`a late ${verb} of which the client hears ${heard}`, async () => {
      const { sim, clock, verbs } = await site();
      const { call, done } = verbs[verb] ?? assert.fail();
      sim.faults.add({ fault: { late: 12_000, heard } });
      const answered = call()
        .then(({ status }) => status)
        .catch(() => 'cut');
      if (heard === 'nothing') {
        await until(() => (sim.counters.requests.at(-1)?.status ?? 1) === 0);
        await new Promise(resolve => setTimeout(resolve, 50));
      } else assert.equal(await answered, heard);
      clock.advance(11_999);
      await new Promise(resolve => setImmediate(resolve));
      assert.ok(!done(), 'the site is still at work');
      clock.advance(1);
      await until(done);
      if (heard === 'nothing') assert.equal(await answered, 'cut');
    });
  }
}

test('a request that the site refuses as it arrives is refused at once', async () => {
  const { sim } = await site();
  sim.faults.add({ fault: { late: 12_000, heard: 504 } });
  assert.equal((await qrs(sim, 'POST', '/app/nonsense', { body: {} })).status, 404);
});

test('a change that finds nothing any more when it ends changes nothing', async () => {
  const { sim, clock, verbs } = await site();
  sim.faults.add({ method: 'PUT', fault: { late: 1000, heard: 504 } });
  assert.equal((await verbs.publish?.call())?.status, 504);
  await verbs.delete?.call();
  clock.advance(1000);
  await new Promise(resolve => setImmediate(resolve));
  assert.equal([...sim.site.apps.values()].length, 1);
});
