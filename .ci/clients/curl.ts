import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ClientSite } from './site.ts';
import type { Rows } from './table.ts';

const key = '0123456789abcdef';

/** The calls of the vendor's help pages, as a person types them; and an import as a form, as ctrl-q sends it. */
export async function curl({ rows, passes, refused }: Rows, site: ClientSite) {
  const admin = [
    '--cert',
    site.certificate,
    '--key',
    site.key,
    '-H',
    'X-Qlik-User: UserDirectory=INTERNAL; UserId=sa_api',
  ];
  const url = (path: string) => `${site.url}${path}${path.includes('?') ? '&' : '?'}xrfkey=${key}`;
  const plain = async (...words: string[]) => {
    const common = ['--silent', '--show-error', '--cacert', site.root, '--write-out', '\n%{http_code}'];
    const { stdout } = await promisify(execFile)('curl', [...common, ...words]);
    const [status = '', ...body] = stdout.split('\n').reverse();
    const text = body.reverse().join('\n');
    if (!status.startsWith('2')) throw new Error(`${status} ${text}`);
    return text;
  };
  const call = async (path: string, ...words: string[]) => {
    const text = await plain(...admin, '-H', `X-Qlik-Xrfkey: ${key}`, ...words, url(path));
    return text === '' ? undefined : JSON.parse(text);
  };
  const json = (body: unknown) => ['-H', 'Content-Type: application/json', '--data', JSON.stringify(body)];
  const named = async (type: string, name: string) =>
    (await call(`/qrs/${type}/full?filter=${encodeURIComponent(`name eq '${name}'`)}`))[0];
  const file = join(site.folder, 'sales.qvf');
  const ids = { sales: '', form: '' };
  const same = async (id: string) =>
    assert.equal(await site.simulator.digest(id), await site.simulator.digest(ids.sales));

  await passes('about', () => call('/qrs/about'));
  await passes('export an app, and download it', async () => {
    ids.sales = (await named('app', 'Sales')).id;
    const { downloadPath } = await call(
      `/qrs/app/${ids.sales}/export/${crypto.randomUUID()}`,
      '-X',
      'POST',
      '-d',
      '',
    );
    await plain(...admin, '-H', `X-Qlik-Xrfkey: ${key}`, '--output', file, url(downloadPath));
    await assert.rejects(() => plain(...admin, '-H', `X-Qlik-Xrfkey: ${key}`, url(downloadPath)), /404/);
  });
  await passes('import it as a form, as ctrl-q does', async () => {
    ids.form = (await call('/qrs/app/upload?name=Form&keepdata=true', '--form', `qvfFile=@${file}`)).id;
    await same(ids.form);
  });
  const raw = 'Content-Type: application/vnd.qlik.sense.app';
  await passes('import it raw, chunked', async () => {
    const chunked = ['-H', raw, '-H', 'Transfer-Encoding: chunked', '--data-binary', `@${file}`];
    await same((await call('/qrs/app/upload?name=Raw', ...chunked)).id);
  });
  await passes('import it raw, with a parameter in the type', async () => {
    const type = ['-H', `${raw};charset=utf-8`, '--data-binary', `@${file}`];
    await same((await call('/qrs/app/upload?name=Type', ...type)).id);
  });
  await refused('import it over another app, the old way', /^400/, '4.2', () =>
    call(`/qrs/app/upload?name=x&replace=${ids.form}`, '-H', raw, '--data-binary', `@${file}`),
  );
  await passes('publish it, and replace it', async () => {
    const { id: stream } = await named('stream', 'Review');
    const published = await call(
      `/qrs/app/${ids.form}/publish?stream=${stream}&name=Form`,
      '-X',
      'PUT',
      '-d',
      '',
    );
    assert.equal(published.published, true);
    await call(`/qrs/app/${ids.sales}/replace?app=${ids.form}`, '-X', 'PUT', '-d', '');
  });
  await passes('set a tag and a property by PUT', async () => {
    const app = await named('app', 'Form');
    const tags = [{ id: (await named('tag', 'Promoted')).id }];
    const definition = { id: (await named('custompropertydefinition', 'Region')).id };
    const customProperties = [{ value: 'South', definition }];
    const now = await call(`/qrs/app/${app.id}`, '-X', 'PUT', ...json({ ...app, tags, customProperties }));
    assert.deepEqual([now.tags[0].name, now.customProperties[0].value], ['Promoted', 'South']);
  });
  await passes('create a reload task, start it, read its result and log', async () => {
    const task = { name: 'By hand', app: { id: ids.form }, taskType: 0, enabled: true };
    const { id } = await call(
      '/qrs/reloadtask/create',
      ...json({ task, schemaEvents: [], compositeEvents: [] }),
    );
    const { value } = await call(`/qrs/task/${id}/start/synchronous`, '-X', 'POST', '-d', '');
    while (await call(`/qrs/executionsession/${value}`).catch(() => false));
    const filter = encodeURIComponent(`ExecutionId eq ${value}`);
    const [result] = await call(`/qrs/executionresult/full?filter=${filter}&orderby=startTime%20desc`);
    assert.equal(result.status, 7);
    const ticket = await call(`/qrs/reloadtask/${id}/scriptlogfile?executionresultid=${result.id}`);
    const log = await plain(
      ...admin,
      '-H',
      `X-Qlik-Xrfkey: ${key}`,
      url(`/qrs/download/reloadtask/${ticket.value}/a.log`),
    );
    assert.match(log, /\r\n/);
  });
  await passes('what changed since', async () => {
    const changes = await call(
      '/qrs/notification/changes?since=2020-01-01T00:00:00.000Z&types=App,ReloadTask',
    );
    assert.ok(changes.length > 3);
  });
  await passes('a JWT through a virtual proxy', async () =>
    plain(
      '-H',
      `Authorization: Bearer ${site.jwt.tokens.u1}`,
      '-H',
      `X-Qlik-Xrfkey: ${key}`,
      `${site.jwt.url}/qrs/about?xrfkey=${key}`,
    ),
  );
  await passes('NTLM through a virtual proxy, following its redirect', async () => {
    const { url: at, user, password } = site.ntlm;
    const signIn = [
      '--ntlm',
      '--user',
      `${user}:${password}`,
      '--location',
      '--location-trusted',
      '--cookie',
      '',
    ];
    const windows = ['-A', 'Windows', '-H', `X-Qlik-Xrfkey: ${key}`, `${at}/qrs/about?xrfkey=${key}`];
    assert.match(await plain(...signIn, ...windows), /buildVersion/);
  });
  await refused('without a key', /^403 XSRF/, '2', () => plain(...admin, `${site.url}/qrs/about`));
  await refused('with another key in the query', /^403 XSRF/, '2', () =>
    plain(...admin, '-H', 'X-Qlik-Xrfkey: abcdefghijklmnop', url('/qrs/about')),
  );
  await refused('without a certificate', /^403 Forbidden/, '2.1', () =>
    plain(
      '-H',
      `X-Qlik-Xrfkey: ${key}`,
      '-H',
      'X-Qlik-User: UserDirectory=INTERNAL; UserId=sa_api',
      url('/qrs/about'),
    ),
  );
  await refused('a POST without a length', /^411/, '8', () =>
    call(`/qrs/app/${ids.form}/reload`, '-X', 'POST'),
  );
  await refused('an ampersand in a filter that is not encoded', /^400 Missing parameter/, '3', () =>
    call("/qrs/app?filter=name%20eq%20'A&B'"),
  );
  return rows;
}
