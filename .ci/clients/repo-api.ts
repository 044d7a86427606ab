import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ClientSite } from './site.ts';
import type { Rows } from './table.ts';
import { until } from './table.ts';

/** Informatiqal/qlik-repo-api: a class for each kind of entity. */
export async function repoApi({ rows, passes, refused }: Rows, site: ClientSite, modules: string) {
  const { QlikRepoApi } = await import(pathToFileURL(join(modules, 'qlik-repo-api/dist/index.js')).href);
  const api = new QlikRepoApi.client({
    host: 'localhost',
    port: site.port,
    httpsAgent: new Agent({
      ca: site.simulator.ca,
      cert: site.simulator.certificate,
      key: site.simulator.key,
    }),
    authentication: { user_dir: 'INTERNAL', user_name: 'sa_api' },
  });
  const named = async (kind: { getFilter(of: { filter: string }): Promise<unknown[]> }, name: string) => {
    const [found] = await kind.getFilter({ filter: `name eq '${name}'` });
    return Object(found ?? assert.fail(`nothing is called ${name}`));
  };
  const digest = (app: { details: { id: string } }) => site.simulator.digest(app.details.id);
  const found = { sales: Object(), live: Object(), uploaded: Object(), task: Object(), external: Object() };

  await passes('about', () => api.about.get());
  await passes('enums', async () => assert.ok(Object.keys(await api.about.enums()).length > 0));
  await passes('apps: list all', async () => assert.equal((await api.apps.getAll()).length, 2));
  await passes('apps: filter', async () => {
    found.sales = await named(api.apps, 'Sales');
    found.live = await named(api.apps, 'Live');
  });
  await passes('apps: export, and upload to the same site', async () => {
    const { file } = await found.sales.export();
    found.uploaded = await api.apps.upload({ name: 'Again', file, keepData: true });
    assert.equal(await digest(found.uploaded), await digest(found.sales));
  });
  await passes('apps: upload with tags and properties', async () => {
    const { file } = await found.sales.export({ skipData: true });
    const labels = { tags: ['Old'], customProperties: ['Region=South'] };
    const { details } = await api.apps.upload({ name: 'Labelled', file, ...labels });
    const { tags, customProperties } = (await api.apps.get({ id: details.id })).details;
    assert.deepEqual([tags[0].name, customProperties[0].value], ['Old', 'South']);
  });
  await passes('apps: copy', async () => found.sales.copy({ name: 'Twin' }));
  await passes('apps: replace', async () => {
    await found.uploaded.switch({ targetAppId: found.live.details.id });
    assert.equal(await digest(found.live), await digest(found.sales));
  });
  await passes('apps: publish', async () => {
    const { published } = await found.uploaded.publish({ stream: 'Review', name: 'Published' });
    assert.ok(published !== false);
    assert.equal((await named(api.apps, 'Published')).details.published, true);
  });
  await passes('apps: update tags and properties', async () => {
    await found.sales.update({ description: 'New', tags: ['Promoted'], customProperties: ['Region=South'] });
    const { tags } = (await named(api.apps, 'Sales')).details;
    assert.ok(tags.some(({ name }: { name: string }) => name === 'Promoted'));
  });
  await refused('apps: update the owner: it sends one without an id', /400/, '4.7', async () =>
    (await named(api.apps, 'Sales')).update({ owner: 'COMPANY\\anna' }),
  );
  await passes('apps: select, and read the selection', async () => {
    const selection = await api.selections.create({ area: 'app', filter: "name eq 'Sales'" });
    assert.equal((await selection.data({ path: 'app/full' })).length, 1);
    await selection.remove();
  });
  await passes('apps: remove by filter', async () => api.apps.removeFilter({ filter: "name eq 'Twin'" }));
  await passes('app objects: list, update', async () => {
    const [sheet] = await api.appObjects.getFilter({ filter: "objectType eq 'sheet' and published eq true" });
    await sheet.unPublish();
    await sheet.publish();
  });
  await passes('streams: create with tags, update, remove', async () => {
    const stream = await api.streams.create({
      name: 'New',
      tags: ['Old'],
      customProperties: ['Region=North'],
    });
    assert.equal(stream.details.tags[0].name, 'Old');
    await stream.update({ name: 'Newer' });
    assert.equal(await stream.remove(), 204);
  });
  await passes('tags: create, rename, remove, select', async () => {
    const tag = await api.tags.create({ name: 'New' });
    await tag.update({ name: 'Newer' });
    await api.tags.select({ filter: "name eq 'Newer'" });
    assert.equal(await tag.remove(), 204);
  });
  await passes('custom properties: create, update, remove', async () => {
    const property = await api.customProperties.create({
      name: 'Level',
      choiceValues: ['1'],
      objectTypes: ['App'],
    });
    await property.update({ choiceValues: ['1', '2'] });
    assert.equal(await property.remove(), 204);
  });
  await passes('users: create, update, filter, remove', async () => {
    const user = await api.users.create({ userDirectory: 'COMPANY', userId: 'bert', roles: ['RootAdmin'] });
    await user.update({ name: 'Bert' });
    assert.equal((await api.users.getFilter({ filter: "userId eq 'bert'" })).length, 1);
    assert.equal(await user.remove(), 204);
  });
  await passes('data connections: create, update, remove', async () => {
    const connection = await api.dataConnections.create({
      name: 'Source',
      connectionString: 'c:\\data',
      type: 'folder',
    });
    await connection.update({ connectionString: 'c:\\other' });
    assert.equal(await connection.remove(), 204);
  });
  await passes('table: tasks by column', async () => {
    const columns = [{ name: 'name', columnType: 'Property', definition: 'name' }];
    const { data } = await api.table.create({
      type: 'ReloadTask',
      columns,
      sortColumn: 'name',
      orderAscending: true,
    });
    assert.equal(data.rows[0].name ?? data.rows[0][0], 'Nightly');
  });
  await passes('reload tasks: list, filter, count', async () => {
    assert.equal((await api.reloadTasks.getAll()).length, 1);
    found.task = await named(api.reloadTasks, 'Nightly');
    assert.equal(await api.reloadTasks.count({}), 1);
  });
  await passes('reload tasks: create with tags, update, remove', async () => {
    const { id } = found.live.details;
    const task = await api.reloadTasks.create({
      name: 'New',
      appId: id,
      tags: ['Old'],
      customProperties: ['Region=North'],
    });
    await task.update({ name: 'Newer', enabled: true });
    assert.equal(await task.remove(), 204);
  });
  await passes('reload tasks: triggers by time and after tasks', async () => {
    await found.task.triggers.addSchema({ name: 'Daily', repeat: 'Daily' });
    const eventTasks = [{ id: (await named(api.externalTasks, 'Copy')).details.id, state: 'success' }];
    await found.task.triggers.addComposite({ name: 'After', eventTasks });
    const task = await named(api.reloadTasks, 'Nightly');
    assert.equal(task.triggers.details.length, 2);
    await task.triggers.removeAll();
    assert.deepEqual(await api.schemaTriggers.getAll(), []);
  });
  await passes('reload tasks: start', async () => found.task.start());
  await passes('reload tasks: start with a session', async () => {
    const started = await until(async () => {
      const { data } = await found.task.startSynchronous();
      return data.value.startsWith('00000000') ? undefined : data.value;
    });
    const [result] = await until(async () => {
      const results = await api.executionResults.getFilter({ filter: `executionID eq ${started}` });
      return results[0]?.details.status === 7 ? results : undefined;
    });
    assert.ok(result.details.scriptLogAvailable);
  });
  await refused('reload tasks: script log: it asks by a path for external tasks', /404/, '6', async () => {
    const { id, fileReferenceID } = found.task.details.operational.lastExecutionResult;
    await found.task
      .scriptLogGet({ fileReferenceId: fileReferenceID })
      .catch(() => found.task.scriptLogFileGet({ executionResultId: id }));
  });
  await passes('executions: list and count', async () => {
    await api.executionSessions.getAll();
    await api.executionResults.count();
  });
  await passes('external tasks: create, update, start, remove', async () => {
    found.external = await api.externalTasks.create({ name: 'Move', path: 'move.exe' });
    await found.external.update({ name: 'Moved' });
    await found.external.start();
    assert.equal(await found.external.remove(), 204);
  });
  await passes('tasks: list of every type', async () => assert.equal((await api.tasks.getAll()).length, 2));
  await passes('tasks: start and stop', async () => {
    const [task] = await api.tasks.getFilter({ filter: "name eq 'Nightly'" });
    await task.start();
    await task.stop();
  });
  await passes('tasks: by id', () => api.tasks.get({ id: found.task.details.id }));
  await passes('notifications: subscribe, changes, unsubscribe', async () => {
    const handle = await api.notification.create({
      name: 'App',
      uri: 'http://127.0.0.1:9/hook',
    });
    const changes = await api.notification.changes({ since: '2020-01-01T00:00:00.000Z', types: 'App' });
    assert.ok(changes.length > 0);
    assert.equal(await api.notification.remove({ handle: handle.value ?? handle }), 204);
  });
  await passes('apps: upload and replace', async () => {
    const { file } = await found.sales.export();
    const { id, modifiedDate } = (await api.apps.get({ id: found.live.details.id })).details;
    await api.apps.uploadAndReplace({ name: 'x', targetAppId: id, file });
    assert.notEqual((await api.apps.get({ id })).details.modifiedDate, modifiedDate);
  });
  await refused('read a removed app', /404/, '8', () => api.apps.get({ id: crypto.randomUUID() }));
  return rows;
}
