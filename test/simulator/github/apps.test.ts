import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handClock } from '../../../simulator/site/hand-clock.ts';
import { at, text } from '../client.ts';
import { call, dispatch, events, github } from './client.ts';
import { newKeys, signed } from './signed.ts';

const keys = newKeys();
const others = newKeys();
const noon = Date.parse('2026-11-22T12:00:00Z') / 1000;

async function withApp(switches = {}) {
  const clock = handClock(noon * 1000);
  const hub = await github({
    clock,
    switches,
    repositories: [events, { name: 'acme/secret' }, { name: 'else/where' }],
    apps: [
      {
        id: 7,
        clientId: 'Iv23.relay',
        publicKeys: [others.publicKey, keys.publicKey],
        installations: [
          { id: 70, account: 'acme', permissions: { contents: 'write', actions: 'read' } },
          { id: 71, account: 'else', repositories: ['else/where'], suspended: true },
        ],
      },
      { id: 8, publicKeys: [keys.publicKey] },
    ],
  });
  const claims = (more = {}) => ({ iss: 7, iat: noon - 60, exp: noon + 540, ...more });
  const jwt = (more = {}) => signed(keys.privateKey, claims(more));
  const mint = (body?: unknown, token = jwt(), id = 70) =>
    call(hub, 'POST', `/app/installations/${id}/access_tokens`, { token, body });
  return { hub, clock, jwt, mint };
}

for (const [what, claims, status, message] of [
  ['the id', {}, 200, undefined],
  ['the id as text', { iss: '7' }, 200, undefined],
  ['the client id', { iss: 'Iv23.relay' }, 200, undefined],
  ['ten minutes to live', { iat: noon, exp: noon + 600 }, 200, undefined],
  [
    'more than ten minutes to live',
    { exp: noon + 601 },
    401,
    "'Expiration time' claim ('exp') is too far in the future",
  ],
  [
    'an end that is past',
    { exp: noon },
    401,
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
  ],
  [
    'a beginning in the future',
    { iat: noon + 1 },
    401,
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
  ],
  [
    'a beginning in the middle of a second',
    { iat: noon - 0.5 },
    401,
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
  ],
  ['an App that there is not', { iss: 9 }, 404, 'Integration not found'],
  ['no issuer', { iss: undefined }, 401, 'A JSON web token could not be decoded'],
] as const) {
  test(`a signed token with ${what} is answered ${status}`, async () => {
    const { hub, jwt } = await withApp();
    const reply = await call(hub, 'GET', '/app', { token: jwt(claims) });
    assert.equal(reply.status, status);
    assert.equal(at(reply.json, status === 200 ? 'slug' : 'message'), message ?? 'qrs-relay');
    assert.deepEqual(hub.breaches, []);
  });
}

test('a token that another key signed, or nobody, is not decoded', async () => {
  const { hub } = await withApp();
  const claims = { iss: 8, iat: noon - 60, exp: noon + 540 };
  const unsigned = `${signed(keys.privateKey, claims, { alg: 'none' })}`;
  for (const token of [signed(others.privateKey, claims), unsigned, 'a.b.c', 'github_pat_good', 'x']) {
    const reply = await call(hub, 'GET', '/app', { token });
    assert.equal(reply.status, 401, token);
    const message = token === 'x' ? 'Bad credentials' : 'A JSON web token could not be decoded';
    assert.equal(at(reply.json, 'message'), message, token);
  }
  assert.equal((await call(hub, 'GET', '/app', { token: signed(keys.privateKey, claims) })).status, 200);
});

test("a client whose clock is off is told so, and GitHub's date says by how much", async () => {
  const { hub, jwt, clock } = await withApp();
  hub.switches.ahead = -120_000;
  const early = await call(hub, 'GET', '/app', { token: jwt({ exp: noon + 600 }) });
  assert.equal(early.status, 401);
  assert.equal(early.headers.date, 'Sun, 22 Nov 2026 11:58:00 GMT');
  hub.switches.ahead = 0;
  clock.advance(60_000);
  assert.equal((await call(hub, 'GET', '/app', { token: jwt({ exp: noon + 600 }) })).status, 200);
});

test('the App, its installation, and the installation of a repository are shown', async () => {
  const { hub, jwt } = await withApp();
  const show = async (path: string) => (await call(hub, 'GET', path, { token: jwt() })).json;
  assert.equal(at(await show('/app'), 'client_id'), 'Iv23.relay');
  const one = await show('/app/installations/70');
  assert.deepEqual([at(one, 'account', 'login'), at(one, 'repository_selection')], ['acme', 'all']);
  assert.equal(text(one, 'access_tokens_url'), `${hub.url}/app/installations/70/access_tokens`);
  assert.deepEqual(at(one, 'permissions'), { contents: 'write', actions: 'read' });
  assert.equal(at(await show('/app/installations/71'), 'suspended_at'), '2026-01-05T06:00:00Z');
  assert.equal(at(await show('/app/installations/72'), 'message'), 'Not Found');
  assert.equal(at(await show('/repos/acme/events/installation'), 'id'), 70);
  assert.equal(at(await show('/repos/else/where/installation'), 'repository_selection'), 'selected');
  assert.equal(at(await show('/repos/acme/nothing/installation'), 'message'), 'Not Found');
  assert.deepEqual(hub.breaches, []);
});

test('an installation token is good for an hour', async () => {
  const { hub, mint, clock } = await withApp();
  const { status, json } = await mint();
  assert.equal(status, 201);
  const token = text(json, 'token');
  assert.match(token, /^ghs_\w{36}$/);
  assert.deepEqual(json, {
    token,
    expires_at: '2026-11-22T13:00:00Z',
    permissions: { metadata: 'read', contents: 'write', actions: 'read' },
    repository_selection: 'all',
  });
  clock.advance(3_599_999);
  assert.equal((await dispatch(hub, { token })).status, 204);
  assert.deepEqual(hub.dispatches[0]?.credential, { kind: 'installation', token, login: 'qrs-relay[bot]' });
  clock.advance(1);
  const late = await dispatch(hub, { token });
  assert.deepEqual([late.status, at(late.json, 'message')], [401, 'Bad credentials']);
  assert.deepEqual(hub.breaches, []);
});

test('a token can be asked for less', async () => {
  const { hub, mint } = await withApp();
  const narrow = await mint({ repositories: ['events'], permissions: { contents: 'write' } });
  assert.equal(narrow.status, 201);
  assert.equal(at(narrow.json, 'repository_selection'), 'selected');
  assert.equal(at(narrow.json, 'repositories', 0, 'full_name'), 'acme/events');
  const token = text(narrow.json, 'token');
  assert.equal((await dispatch(hub, { token })).status, 204);
  assert.equal((await dispatch(hub, { token }, 'acme/secret')).status, 404);
  const byNumber = await mint({ repository_ids: [1001], permissions: { contents: 'read' } });
  const weak = await dispatch(hub, { token: text(byNumber.json, 'token') }, 'acme/secret');
  assert.equal(at(weak.json, 'message'), 'Resource not accessible by integration');
  assert.equal(weak.headers['x-accepted-github-permissions'], 'contents=write');
  assert.deepEqual(hub.breaches, []);
});

for (const [what, body, status, message] of [
  [
    'a permission that it lacks',
    { permissions: { issues: 'write' } },
    422,
    'The permissions requested are not granted to this installation.',
  ],
  [
    'more of a permission than it has',
    { permissions: { actions: 'write' } },
    422,
    'The permissions requested are not granted to this installation.',
  ],
  [
    "another's repository",
    { repositories: ['events', 'where'] },
    422,
    'There is at least one repository that does not exist or is not accessible to the parent installation.',
  ],
  [
    'a number that is none of its',
    { repository_ids: [1002] },
    422,
    'There is at least one repository that does not exist or is not accessible to the parent installation.',
  ],
] as const) {
  test(`a token for ${what} is refused`, async () => {
    const { hub, mint } = await withApp();
    const reply = await mint(body);
    assert.deepEqual([reply.status, at(reply.json, 'message')], [status, message]);
    assert.deepEqual(hub.breaches, []);
  });
}

test('what the description does not know is a breach', async () => {
  const { hub, mint } = await withApp();
  const reply = await mint({ permissions: { contents: 'admin' } });
  assert.equal(reply.status, 422);
  assert.equal(hub.breaches.length, 1);
});

test('a suspended installation gives no token, and takes back those it gave', async () => {
  const { hub, mint } = await withApp();
  const refused = await mint(undefined, undefined, 71);
  assert.deepEqual(
    [refused.status, at(refused.json, 'message')],
    [403, 'This installation has been suspended'],
  );
  const token = text((await mint()).json, 'token');
  const installation = hub.hub.apps.get(7)?.installations.get(70);
  assert.ok(installation);
  installation.suspended = true;
  const reply = await dispatch(hub, { token });
  assert.deepEqual([reply.status, at(reply.json, 'message')], [403, 'This installation has been suspended']);
});

test('a repository that the installation loses is not found any more', async () => {
  const { hub, mint } = await withApp();
  const token = text((await mint()).json, 'token');
  const installation = hub.hub.apps.get(7)?.installations.get(70);
  assert.ok(installation);
  installation.repositories = new Set(['acme/secret']);
  assert.equal((await dispatch(hub, { token })).status, 404);
});

test("another App's installation, or a token of a user, makes none", async () => {
  const { mint, jwt } = await withApp();
  assert.equal((await mint(undefined, jwt({ iss: 8 }))).status, 404);
  const reply = await mint(undefined, 'github_pat_good');
  assert.deepEqual([reply.status, at(reply.json, 'message')], [401, 'A JSON web token could not be decoded']);
});

test('a new token may not be known everywhere yet', async () => {
  const { hub, mint, clock } = await withApp({ tokenLate: 3000 });
  const token = text((await mint()).json, 'token');
  assert.equal((await dispatch(hub, { token })).status, 401);
  clock.advance(3000);
  assert.equal((await dispatch(hub, { token })).status, 204);
});
