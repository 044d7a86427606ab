import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GitHubOptions } from '../../../simulator/github/server.ts';
import { handClock } from '../../../simulator/site/hand-clock.ts';
import { at } from '../client.ts';
import { call, dispatch, events, github } from './client.ts';

const personal = 'Resource not accessible by personal access token';
const noon = Date.parse('2026-11-22T12:00:00Z');
const open = { ...events, private: false };
const mine = { repositories: ['acme/events'], permissions: { contents: 'write' } } as const;

type Token = NonNullable<GitHubOptions['tokens']>[number];
type Given = Token extends infer T ? (T extends unknown ? Omit<T, 'token'> : never) : never;

const fine = (more: object = {}): Given => ({ kind: 'fine-grained', ...mine, ...more });
const classic = (...scopes: string[]): Given => ({ kind: 'classic', scopes });

for (const [what, given, repository, status, message] of [
  ['a fine-grained token that may write', fine(), events, 204, undefined],
  ['one that may only read', fine({ permissions: { contents: 'read' } }), events, 403, personal],
  ['one that may start workflows', fine({ permissions: { actions: 'write' } }), events, 403, personal],
  ['one for another repository', fine({ repositories: ['acme/other'] }), events, 404, 'Not Found'],
  ['one for another, where all can read', fine({ repositories: ['acme/other'] }), open, 403, personal],
  ['one for all repositories', fine({ repositories: 'all' }), events, 204, undefined],
  ['a classic token', classic('repo', 'read:org'), events, 204, undefined],
  ['a classic token without scopes', classic(), events, 404, 'Not Found'],
  ['a classic token for what is public', classic('public_repo'), events, 404, 'Not Found'],
  ['a classic token for what is public, there', classic('public_repo'), open, 204, undefined],
  ['a classic token without scopes, where all can read', classic(), open, 404, 'Not Found'],
  [
    "a workflow's own token",
    { kind: 'installation', repositories: ['acme/events'], permissions: { contents: 'read' } },
    events,
    403,
    'Resource not accessible by integration',
  ],
  ['a token that ends later', fine({ expires: new Date(noon + 1) }), events, 204, undefined],
  ['a token that has ended', fine({ expires: new Date(noon) }), events, 401, 'Bad credentials'],
] as const satisfies readonly (readonly [string, Given, object, number, string | undefined])[]) {
  test(`${what} is answered ${status}`, async () => {
    const hub = await github({
      clock: handClock(noon),
      repositories: [repository, { name: 'acme/other' }],
      tokens: [{ token: 'mine', ...given }],
    });
    const reply = await dispatch(hub, { token: 'mine' });
    assert.deepEqual([reply.status, at(reply.json, 'message')], [status, message]);
    const needed = status === 403 ? 'contents=write' : undefined;
    assert.equal(reply.headers['x-accepted-github-permissions'], needed);
    assert.equal(hub.dispatches.length, status === 204 ? 1 : 0);
    assert.deepEqual(hub.breaches, []);
  });
}

for (const [what, sent, repository, status, message] of [
  ['nobody', { token: '' }, events, 404, 'Not Found'],
  ['nobody, where all can read', { token: '' }, open, 401, 'Requires authentication'],
  ['an unknown token', { token: 'ghp_unknown' }, events, 401, 'Bad credentials'],
  [
    'a token without a scheme',
    { headers: { Authorization: 'github_pat_good' } },
    events,
    401,
    'Bad credentials',
  ],
  ['the scheme token', { headers: { Authorization: 'token github_pat_good' } }, events, 204, undefined],
  [
    'a password',
    { headers: { Authorization: `Basic ${Buffer.from('x:github_pat_good').toString('base64')}` } },
    events,
    204,
    undefined,
  ],
] as const) {
  test(`${what} is answered ${status}`, async () => {
    const hub = await github({ repositories: [repository] });
    const reply = await dispatch(hub, sent);
    assert.deepEqual([reply.status, at(reply.json, 'message')], [status, message]);
  });
}

test('a repository that there is not looks like one that the token cannot see', async () => {
  const hub = await github();
  const reply = await dispatch(hub, {}, 'acme/nothing');
  assert.deepEqual([reply.status, at(reply.json, 'message')], [404, 'Not Found']);
  assert.equal((await dispatch(hub, {}, 'ACME/Events')).status, 204);
  assert.equal(hub.dispatches[0]?.repository, 'acme/events');
});

test('a classic token has to be authorised for single sign-on', async () => {
  const hub = await github({
    repositories: [{ ...events, sso: true }],
    tokens: [
      { token: 'without', kind: 'classic' },
      { token: 'with', kind: 'classic', sso: true },
      { token: 'fine', kind: 'fine-grained', ...mine },
    ],
  });
  const reply = await dispatch(hub, { token: 'without' });
  assert.equal(reply.status, 403);
  assert.match(String(at(reply.json, 'message')), /^Resource protected by organization SAML enforcement\./);
  const url = 'https://github.com/orgs/acme/sso?authorization_request=AAAA';
  assert.equal(reply.headers['x-github-sso'], `required; url=${url}`);
  assert.equal((await dispatch(hub, { token: 'with' })).status, 204);
  assert.equal((await dispatch(hub, { token: 'fine' })).status, 204);
});

test('an answer tells the scopes of a classic token, and when a token ends', async () => {
  const tokens: Token[] = [
    { token: 'classic', kind: 'classic', scopes: ['repo', 'workflow'] },
    { token: 'ends', kind: 'fine-grained', ...mine, expires: new Date('2099-01-02T03:04:05Z') },
  ];
  const hub = await github({ tokens });
  const headers = async (token: string) => (await call(hub, 'GET', '/user', { token })).headers;
  const classicOne = await headers('classic');
  assert.equal(classicOne['x-oauth-scopes'], 'repo, workflow');
  assert.equal(classicOne['github-authentication-token-expiration'], undefined);
  const ending = await headers('ends');
  assert.equal(ending['x-oauth-scopes'], undefined);
  assert.equal(ending['github-authentication-token-expiration'], '2099-01-02 03:04:05 UTC');
});

test('a token can be taken back while GitHub runs', async () => {
  const hub = await github();
  assert.equal((await dispatch(hub)).status, 204);
  hub.hub.tokens.delete('github_pat_good');
  assert.equal((await dispatch(hub)).status, 401);
});

for (const [what, headers, status, message] of [
  ['the first version', { 'X-GitHub-Api-Version': '2022-11-28' }, 204, undefined],
  ['the second version', { 'X-GitHub-Api-Version': '2026-03-10' }, 204, undefined],
  ['no version', {}, 204, undefined],
  [
    'an unknown version',
    { 'X-GitHub-Api-Version': 'v3' },
    400,
    /"X-GitHub-Api-Version" request header, "v3", is not a supported version/,
  ],
  ['no User-Agent', { 'User-Agent': undefined }, 403, /^Request forbidden by administrative rules/],
] as const) {
  test(`a request with ${what} is answered ${status}`, async () => {
    const hub = await github();
    const reply = await dispatch(hub, { headers });
    assert.equal(reply.status, status);
    if (message) assert.match(String(at(reply.json, 'message')), message);
    assert.equal(hub.breaches.length, message ? 1 : 0);
  });
}

test('data that speaks of a repository that there is not is refused', async () => {
  const tokens: Token[] = [{ token: 'x', kind: 'fine-grained', ...mine }];
  await assert.rejects(github({ repositories: [], tokens }), { message: /no repository acme\/events/ });
});
