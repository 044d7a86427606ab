import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthority } from '../../../simulator/wire/tls.ts';
import { at } from '../client.ts';
import { call, dispatch, events, github, workflow } from './client.ts';

const file = '.github/workflows/promote.yml';
const two = {
  ...events,
  defaultBranch: 'trunk',
  files: { ...events.files, '.github/workflows/off.yaml': workflow('[a]'), '.github/CODEOWNERS': '*' },
  disabledWorkflows: ['.github/workflows/off.yaml'],
};

for (const prefix of ['', '/api/v3']) {
  test(`a repository is shown under "${prefix}/"`, async () => {
    const hub = await github({ repositories: [two] });
    const { status, json } = await call(hub, 'GET', `${prefix}/repos/acme/events`);
    assert.equal(status, 200);
    const shown = ['name', 'full_name', 'private', 'archived', 'default_branch', 'url'].map(name =>
      at(json, name),
    );
    const url = `${hub.url}${prefix}/repos/acme/events`;
    assert.deepEqual(shown, ['events', 'acme/events', true, false, 'trunk', url]);
    assert.equal(at(json, 'owner', 'login'), 'acme');
    assert.equal((await call(hub, 'GET', `${prefix}/user`)).status, 200);
    const body = { event_type: 'a' };
    assert.equal((await call(hub, 'POST', `${prefix}/repos/acme/events/dispatches`, { body })).status, 204);
    assert.deepEqual(hub.breaches, []);
  });
}

test('a repository says whether the user may push, whatever the token may do', async () => {
  const repositories = ['acme/events'];
  const hub = await github({
    repositories: [{ ...events, private: false }],
    tokens: [
      { token: 'reads', kind: 'fine-grained', repositories, permissions: { contents: 'read' } },
      { token: 'stranger', kind: 'fine-grained', repositories: [], permissions: { contents: 'write' } },
      { token: 'app', kind: 'installation', repositories, permissions: { contents: 'write' } },
    ],
  });
  const push = async (token: string) =>
    at((await call(hub, 'GET', '/repos/acme/events', { token })).json, 'permissions', 'push');
  assert.deepEqual([await push('reads'), await push('stranger'), await push('app')], [true, false, false]);
  assert.deepEqual(hub.breaches, []);
});

test('a file is shown in base64, or as it is', async () => {
  const hub = await github({ repositories: [two] });
  const path = `/repos/acme/events/contents/${file}`;
  const { json } = await call(hub, 'GET', path);
  assert.equal(Buffer.from(String(at(json, 'content')), 'base64').toString(), workflow());
  assert.deepEqual([at(json, 'type'), at(json, 'encoding'), at(json, 'path')], ['file', 'base64', file]);
  for (const Accept of ['application/vnd.github.raw+json', 'application/vnd.github.raw']) {
    const raw = await call(hub, 'GET', path, { headers: { Accept } });
    assert.equal(raw.text, workflow());
    assert.match(String(raw.headers['content-type']), /^application\/vnd\.github\.raw\+json/);
  }
  assert.equal((await call(hub, 'GET', `${path}?ref=trunk`)).status, 200);
  assert.equal((await call(hub, 'GET', `${path}?ref=other`)).status, 404);
  assert.deepEqual(hub.breaches, []);
});

for (const [path, expected] of [
  ['.github/workflows', ['file .github/workflows/off.yaml', 'file .github/workflows/promote.yml']],
  ['.github/', ['file .github/CODEOWNERS', 'dir .github/workflows']],
  ['.github/nothing', undefined],
] as const) {
  test(`the folder ${path} ${expected ? 'is listed' : 'is not found'}`, async () => {
    const hub = await github({ repositories: [two] });
    const { status, json } = await call(hub, 'GET', `/repos/acme/events/contents/${path}`);
    const names = Array.isArray(json) ? json.map(one => `${at(one, 'type')} ${at(one, 'path')}`) : undefined;
    assert.deepEqual([status, names], [expected ? 200 : 404, expected]);
    assert.deepEqual(hub.breaches, []);
  });
}

test('workflows are listed with whether they are active, page by page', async () => {
  const hub = await github({ repositories: [two] });
  const list = async (query = '') =>
    (await call(hub, 'GET', `/repos/acme/events/actions/workflows${query}`)).json;
  const all = await list();
  assert.equal(at(all, 'total_count'), 2);
  const row = (index: number) => ['name', 'path', 'state'].map(name => at(all, 'workflows', index, name));
  assert.deepEqual(row(0), ['Promote', file, 'active']);
  assert.deepEqual(row(1), ['Promote', '.github/workflows/off.yaml', 'disabled_manually']);
  const second = await list('?per_page=1&page=2');
  assert.deepEqual([at(second, 'total_count'), at(second, 'workflows', 'length')], [2, 1]);
  assert.equal(at(second, 'workflows', 0, 'path'), '.github/workflows/off.yaml');
  assert.deepEqual(hub.breaches, []);
});

test('what a token may not read is refused, with what it would need', async () => {
  const tokens = [
    { token: 't', kind: 'fine-grained', repositories: ['acme/events'], permissions: { issues: 'write' } },
  ] as const;
  const hub = await github({ tokens });
  for (const [path, needed] of [
    [`/repos/acme/events/contents/${file}`, 'contents=read'],
    ['/repos/acme/events/actions/workflows', 'actions=read'],
  ] as const) {
    const reply = await call(hub, 'GET', path, { token: 't' });
    assert.deepEqual([reply.status, reply.headers['x-accepted-github-permissions']], [403, needed]);
  }
  assert.equal((await call(hub, 'GET', '/repos/acme/events', { token: 't' })).status, 200);
});

test('the user of a token is shown; an App has none', async () => {
  const hub = await github({
    tokens: [
      { token: 'a', kind: 'classic', user: 'anna' },
      { token: 'b', kind: 'installation', repositories: 'all', permissions: {} },
    ],
  });
  assert.equal(at((await call(hub, 'GET', '/user', { token: 'a' })).json, 'login'), 'anna');
  assert.equal((await call(hub, 'GET', '/user', { token: 'b' })).status, 403);
  assert.equal((await call(hub, 'GET', '/user', { token: '' })).status, 401);
  assert.deepEqual(hub.breaches, []);
});

test('GitHub Enterprise Server tells its version', async () => {
  const hub = await github();
  const version = async () => at((await call(hub, 'GET', '/api/v3/meta')).json, 'installed_version');
  assert.equal(await version(), undefined);
  hub.switches.enterprise = '3.19.0';
  assert.equal(await version(), '3.19.0');
  assert.deepEqual(hub.breaches, []);
});

test('a call that the stand-in does not know is not found, printed, and a breach', async () => {
  const printed: string[] = [];
  const hub = await github({ print: line => printed.push(line) });
  assert.equal((await call(hub, 'GET', '/repos/acme/events/issues')).status, 404);
  assert.equal((await call(hub, 'PUT', '/repos/acme/events/dispatches')).status, 404);
  assert.deepEqual(printed, [
    'GET /repos/acme/events/issues: not a call that the stand-in knows',
    'PUT /repos/acme/events/dispatches: not a call that the stand-in knows',
  ]);
  assert.deepEqual(
    hub.breaches.map(({ problems }) => problems),
    [['There is no such call.'], ['There is no such call.']],
  );
});

test('a parameter that the description does not name is a breach', async () => {
  const hub = await github();
  assert.equal((await call(hub, 'GET', '/repos/acme/events/actions/workflows?page=two')).status, 422);
  assert.equal((await call(hub, 'GET', '/repos/acme/events?x=1')).status, 422);
  assert.deepEqual(
    hub.breaches.map(({ problems }) => problems),
    [[`For 'properties/page', "two" is not an integer.`], ['"x" is not a permitted key.']],
  );
});

test('it can speak TLS with a certificate of an authority of its own', async () => {
  const authority = await createAuthority('company root');
  const hub = await github({ tls: { authority } });
  const body = { event_type: 'a' };
  assert.match(hub.url, /^https:/);
  assert.equal((await dispatch(hub, { body, ca: authority.certificatePem })).status, 204);
  assert.equal(hub.counters.handshakes, 1);
  await assert.rejects(dispatch(hub, { body }), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  await hub.away('reset');
  const reset = dispatch(hub, { body, ca: authority.certificatePem });
  await assert.rejects(reset, { code: 'ECONNRESET' });
  await hub.back();
  assert.equal((await dispatch(hub, { body, ca: authority.certificatePem })).status, 204);
});
