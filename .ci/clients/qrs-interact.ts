import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ClientSite } from './site.ts';
import type { Rows } from './table.ts';
import { until } from './table.ts';

/** eapowertools/qrs-interact: any path of QRS with a certificate. */
export async function qrsInteract({ rows, passes, refused }: Rows, site: ClientSite, modules: string) {
  const Interact = createRequire(join(modules, 'x.js'))('qrs-interact');
  const client = new Interact({
    hostname: 'localhost',
    portNumber: site.port,
    certificates: { certFile: site.certificate, keyFile: site.key },
  });
  let sales = { id: '', modifiedDate: '' };
  let file = Buffer.alloc(0);
  let made = { id: '' };
  let task = { id: '' };
  const idOf = async (type: string, name: string) =>
    (await client.Get(`${type}?filter=${encodeURIComponent(`name eq '${name}'`)}`)).body[0].id;

  await passes('about', () => client.Get('about'));
  await passes('list apps', async () => assert.equal((await client.Get('app')).body.length, 2));
  await passes('filter apps by stream and tag', async () => {
    const filter = encodeURIComponent("stream.name eq 'Everyone' or tags.name eq 'Old'");
    assert.equal((await client.Get(`app/full?filter=${filter}`)).body.length, 2);
  });
  await passes('count apps', async () => assert.equal((await client.Get('app/count')).body.value, 2));
  await passes('export an app, and download it', async () => {
    const id = await idOf('app', 'Sales');
    sales = (await client.Get(`app/${id}`)).body;
    const { body } = await client.Post(`app/${id}/export/${crypto.randomUUID()}`, {}, 'json');
    file = (await client.Get(body.downloadPath)).body;
    assert.ok(file.length >= 8000);
  });
  await passes('upload it', async () => {
    made = (await client.Post('app/upload?name=Again', file, 'application/vnd.qlik.sense.app')).body;
    assert.equal(await site.simulator.digest(made.id), await site.simulator.digest(sales.id));
  });
  await passes('replace a published app with it', async () => {
    const live = await idOf('app', 'Live');
    await client.Put(`app/${made.id}/replace?app=${live}`, {});
    assert.equal(await site.simulator.digest(live), await site.simulator.digest(made.id));
  });
  await passes('publish it', async () => {
    await client.Put(`app/${made.id}/publish?stream=${await idOf('stream', 'Review')}&name=Again`, {});
    assert.equal(await idOf('app', 'Again'), made.id);
  });
  await refused('publish it twice', /40[03]/, '4.4', async () =>
    client.Put(`app/${made.id}/publish?stream=${await idOf('stream', 'Everyone')}`, {}),
  );
  await passes('tag an app', async () => {
    const tags = [{ id: await idOf('tag', 'Promoted') }];
    await client.Put(`app/${sales.id}`, { ...sales, tags });
    assert.equal((await client.Get(`app/${sales.id}`)).body.tags[0].name, 'Promoted');
  });
  await refused('write with an old date', /409/, '4.3', () => client.Put(`app/${sales.id}`, sales));
  await passes('make and delete a tag, a stream', async () => {
    for (const type of ['tag', 'stream']) {
      const { body } = await client.Post(type, { name: 'New' }, 'json');
      await client.Delete(`${type}/${body.id}`);
    }
  });
  await passes('start a task, and follow it', async () => {
    task = { id: await idOf('reloadtask', 'Nightly') };
    const { body } = await client.Post(`task/${task.id}/start/synchronous`, {}, 'json');
    const filter = encodeURIComponent(`executionID eq ${body.value}`);
    const look = async () => (await client.Get(`executionresult/full?filter=${filter}`)).body[0];
    await until(async () => ((await look())?.status === 7 ? true : undefined));
  });
  await passes('subscribe, and unsubscribe', async () => {
    const path = 'notification?name=App&changetype=2';
    const { body } = await client.Post(path, 'http://127.0.0.1:9/hook', 'json');
    await client.Delete(`notification?handle=${body.value}`);
  });
  await passes('delete an app', () => client.Delete(`app/${made.id}`));
  await refused('read it then', /404/, '8', () => client.Get(`app/${made.id}`));
  await refused('a path that there is not', /404.*No matching endpoint/, '8', () => client.Get('moon'));
  await refused('a filter with a doubled quote', /400/, '3', () =>
    client.Get(`app?filter=${encodeURIComponent("name eq 'Q1''25'")}`),
  );
  return rows;
}
