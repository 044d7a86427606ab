import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editObject, objectsOf } from '../../simulator/site/app-objects.ts';
import { handClock } from '../../simulator/site/hand-clock.ts';
import { appNamed, exported, idNamed, qrs, send, started, text } from './client.ts';

const data = {
  streams: ['Everyone', 'Review'],
  apps: [
    { name: 'Draft', size: '200 KB' },
    { name: 'Live', stream: 'Everyone', size: '200 KB' },
  ],
};

async function site() {
  const clock = handClock(0);
  const sim = await started({ data, clock });
  /** Each moment as `name@stream: content`, the content as the app that had it first, or "nothing". */
  const first = new Map(
    [...sim.site.apps.values()].map(app => [
      app.content.kind === 'made' ? app.content.recipe.seed : '',
      app.name,
    ]),
  );
  const seen = () =>
    sim.moments.all().map(({ at, shown }) => {
      const apps = shown.map(
        ({ name, stream, content, hasData }) =>
          `${name}@${stream}: ${hasData ? first.get(content) : 'nothing'}`,
      );
      return `${at} ${apps.sort().join(', ')}`;
    });
  return { sim, clock, seen, draft: appNamed(sim, 'Draft'), live: appNamed(sim, 'Live') };
}

test('every change that users see is a moment, in the order of time', async () => {
  const { sim, clock, seen, draft, live } = await site();
  const body = {};
  clock.advance(1000);
  await qrs(sim, 'PUT', `/app/${draft.id}/replace?app=${live.id}`, { body });
  clock.advance(1000);
  const review = idNamed(sim.site.streams, 'Review');
  await qrs(sim, 'PUT', `/app/${draft.id}/publish?stream=${review}&name=New`, { body });
  clock.advance(1000);
  await qrs(sim, 'DELETE', `/app/${live.id}`);
  assert.deepEqual(seen(), [
    '0 Live@Everyone: Live',
    '1000 Live@Everyone: Draft',
    '2000 Live@Everyone: Draft, New@Review: Draft',
    '3000 New@Review: Draft',
  ]);
});

test('a replace by an app without data shows it without data, until it is reloaded', async () => {
  const { sim, seen, draft, live } = await site();
  const { bytes } = await send(sim, 'GET', await exported(sim, draft.id, '?skipdata=true'));
  const upload = await qrs(sim, 'POST', '/app/upload?name=Copy', { upload: bytes });
  assert.equal(seen().length, 1, 'nobody sees an upload');
  await qrs(sim, 'PUT', `/app/${text(upload.json, 'id')}/replace?app=${live.id}`, { body: {} });
  assert.equal(seen().at(-1), '0 Live@Everyone: nothing');
});

test('what users do not see is no moment; the version of a base object is', async () => {
  const { sim, live } = await site();
  const user = live.owner;
  const { json } = await qrs(sim, 'GET', `/app/${live.id}`);
  await qrs(sim, 'PUT', `/app/${live.id}`, { body: json });
  assert.equal(sim.moments.all().length, 1);
  const [object] = objectsOf(sim.site, live);
  editObject(sim.site, object ?? assert.fail(), user);
  const [before, after] = sim.moments.all().map(({ shown }) => shown[0]?.base);
  assert.notDeepEqual(after, before);
});
