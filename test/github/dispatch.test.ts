import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { after, test } from 'node:test';
import { trouble } from '../../simulator/github/trouble.ts';
import { ASKED, said } from './answered.ts';
import {
  CLASSIC,
  connected,
  FINE_GRAINED,
  GITHUB_TOKEN,
  refusalOf,
  type World,
  wordsOf,
  world,
} from './world.ts';

test('an event arrives once, whole, and in the manner that GitHub asks for', async () => {
  const { hub, send } = await world();
  const payload = { delivery: '42', object: { name: 'Übersicht ✓', tags: ['a'] }, count: 3 };
  assert.deepEqual(await send({ payload }), { kind: 'accepted', budget: 4999, wait: undefined });
  assert.deepEqual(
    hub.dispatches.map(({ repository, event_type, client_payload }) => [
      repository,
      event_type,
      client_payload,
    ]),
    [['acme/events', 'qlik-app-updated', payload]],
  );
  assert.equal(hub.runs.length, 1);
  assert.equal(hub.counters.requests.length, 1);
  assert.deepEqual(hub.breaches, []);
});

test('a call says in its headers what it is, to which version, and by which token', async () => {
  const got: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    got.push(request.headers);
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  after(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const { github, send } = connected(url);
  assert.equal((await send()).kind, 'accepted');
  await github.close();
  const headers = got[0] ?? {};
  assert.equal(headers['user-agent'], 'qrs-relay');
  assert.equal(headers['x-github-api-version'], '2022-11-28');
  assert.equal(headers.accept, 'application/vnd.github+json');
  assert.equal(headers.authorization, `token ${FINE_GRAINED}`);
  assert.match(headers['content-type'] ?? '', /^application\/json/);
});

test('without a limit there is no budget to tell', async () => {
  const { send } = await world({ switches: { perHour: 0 } });
  assert.deepEqual(await send(), { kind: 'accepted', budget: undefined, wait: undefined });
});

/** What the simulated GitHub itself refuses, being in some state: [what, state, credential, fault, status, words]. */
const STATES: readonly [
  string,
  (world: World) => unknown,
  string,
  'credential' | 'repository' | 'event',
  number,
  string,
][] = [
  [
    'a token that there is not',
    () => {},
    'ghp_unknown',
    'credential',
    401,
    '401 Bad credentials. GitHub does not know the classic token (ghp_): it has expired, was revoked or belongs to another GitHub. Give the relay a new one.',
  ],
  [
    'a token that has expired',
    ({ hub, clock }) => tokenOf(hub, FINE_GRAINED, token => Object.assign(token, { until: clock.now() - 1 })),
    FINE_GRAINED,
    'credential',
    401,
    '401 Bad credentials. GitHub does not know the fine-grained token (github_pat_): it has expired, was revoked or belongs to another GitHub. Give the relay a new one.',
  ],
  [
    'a fine-grained token with Actions: write, the common mistake',
    ({ hub }) =>
      tokenOf(hub, FINE_GRAINED, token => Object.assign(token, { permissions: { actions: 'write' } })),
    FINE_GRAINED,
    'repository',
    403,
    '403 Resource not accessible by personal access token (x-accepted-github-permissions: contents=write). Most likely the fine-grained token (github_pat_) lacks a permission: a dispatch wants Contents: write, not Actions: write. Give it Repository permissions > Contents: Read and write, for acme/events; the owner may have to approve that.',
  ],
  [
    'a GITHUB_TOKEN that may only read',
    ({ hub }) =>
      tokenOf(hub, GITHUB_TOKEN, token => Object.assign(token, { permissions: { contents: 'read' } })),
    GITHUB_TOKEN,
    'repository',
    403,
    '403 Resource not accessible by integration (x-accepted-github-permissions: contents=write). Most likely the installation token (ghs_, such as GITHUB_TOKEN) lacks a permission: a dispatch wants Contents: write, not Actions: write. GITHUB_TOKEN reaches only its own repository, and only with "permissions: contents: write"; is acme/events that one?',
  ],
  [
    'a repository that the token was not made for',
    ({ hub }) => tokenOf(hub, FINE_GRAINED, token => Object.assign(token, { repositories: new Set() })),
    FINE_GRAINED,
    'repository',
    404,
    '404 Not Found. Either there is no acme/events, or the fine-grained token (github_pat_) cannot see it at all: is it written right, and is it one of those that it was made for?',
  ],
  [
    'a classic token without the scope',
    ({ hub }) => tokenOf(hub, CLASSIC, token => Object.assign(token, { scopes: ['gist'] })),
    CLASSIC,
    'repository',
    404,
    '404 Not Found. Most likely the classic token (ghp_) sees no private repository, since it lacks the scope repo: add it on the page of the token. Or is acme/events written wrong?',
  ],
  [
    'a classic token of a user who is not let in',
    ({ hub }) => tokenOf(hub, CLASSIC, token => Object.assign(token, { repositories: new Set() })),
    CLASSIC,
    'repository',
    404,
    '404 Not Found. Either there is no acme/events, or the classic token (ghp_) cannot see it at all: is it written right, and may its user see it, or does acme want it to be authorised for single sign-on?',
  ],
  [
    'a classic token that single sign-on was not done for',
    ({ hub }) => repositoryOf(hub, one => Object.assign(one, { sso: true })),
    CLASSIC,
    'repository',
    403,
    '403 Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization (x-github-sso: required; url=https://github.com/orgs/acme/sso). acme wants the classic token (ghp_) to be authorised for its single sign-on: Settings > Developer settings > Personal access tokens > Configure SSO.',
  ],
  [
    'an archived repository',
    ({ hub }) => repositoryOf(hub, one => Object.assign(one, { archived: true })),
    FINE_GRAINED,
    'repository',
    403,
    '403 Repository was archived so is read-only. acme/events is archived, and takes no dispatch until somebody ends that in its settings.',
  ],
];

for (const [what, arrange, token, fault, status, words] of STATES) {
  test(`refused: ${what}`, async () => {
    const scene = await world({}, { credential: { kind: 'token', token } });
    arrange(scene);
    const outcome = await scene.send();
    assert.equal(wordsOf(outcome), ASKED + words);
    assert.deepEqual(refusalOf(outcome), { fault, status });
    assert.equal(scene.hub.counters.requests.length, 1);
    assert.deepEqual(scene.hub.dispatches, []);
  });
}

test("a refusal has GitHub's own sentence, the headers that explain it, and the hint", async () => {
  const scene = await world({}, { credential: { kind: 'token', token: CLASSIC } });
  scene.fault(
    said(403, 'Resource protected by organization SAML enforcement.', {
      'X-GitHub-SSO': 'required; url=https://github.com/orgs/acme/sso?authorization_request=A2C4',
      'X-Accepted-GitHub-Permissions': 'contents=write',
    }),
  );
  const outcome = await scene.send();
  assert.deepEqual(refusalOf(outcome), { fault: 'repository', status: 403 });
  assert.equal(
    wordsOf(outcome),
    'GitHub (HOST) refused to dispatch "qlik-app-updated" to acme/events: 403 Resource protected by organization SAML enforcement (x-accepted-github-permissions: contents=write; x-github-sso: required; url=https://github.com/orgs/acme/sso). acme wants the classic token (ghp_) to be authorised for its single sign-on: Settings > Developer settings > Personal access tokens > Configure SSO.',
  );
});

test('the wording of a refusal decides nothing: the same status is the same fault', async () => {
  const scene = await world();
  const words = [
    'suspended',
    'SAML',
    'archived',
    'IP allow list',
    'rate limit',
    'abuse detection',
    'Bad credentials',
    '',
  ];
  for (const message of words) {
    scene.fault(said(403, message));
    assert.deepEqual(refusalOf(await scene.send()), { fault: 'repository', status: 403 }, message);
  }
});

test('trouble keeps the pause that it asks for', async () => {
  const scene = await world();
  scene.fault({ ...trouble.unicorn(503), headers: { 'Content-Type': 'text/html', 'Retry-After': '17' } });
  const outcome = await scene.send();
  assert.equal(outcome.kind === 'trouble' && outcome.wait, 17_000);
});

function tokenOf(hub: World['hub'], token: string, change: (one: object) => unknown) {
  const found = hub.hub.tokens.get(token);
  assert.ok(found);
  change(found);
}

function repositoryOf(hub: World['hub'], change: (one: object) => unknown) {
  const found = hub.hub.repositories.get('acme/events');
  assert.ok(found);
  change(found);
}
