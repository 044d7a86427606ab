import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { after, test } from 'node:test';
import type { Fault } from '../../simulator/faults.ts';
import type { Hub } from '../../simulator/github/hub.ts';
import { trouble } from '../../simulator/github/trouble.ts';
import type { DispatchOutcome } from '../../src/github/dispatch.ts';
import { CLASSIC, connected, FINE_GRAINED, GITHUB_TOKEN, type World, wordsOf, world } from './world.ts';

const ASKED = 'GitHub (HOST) refused to dispatch "qlik-app-updated" to acme/events: ';

test('an event arrives once, whole, and in the manner that GitHub asks for', async () => {
  const { hub, send } = await world();
  const payload = { delivery: '42', object: { name: 'Übersicht ✓', tags: ['a'] }, count: 3 };
  assert.deepEqual(await send({ payload }), { kind: 'accepted', budget: 4999 });
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
  assert.deepEqual(await send(), { kind: 'accepted', budget: undefined });
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
    '403 Resource not accessible by personal access token. Most likely the fine-grained token (github_pat_) lacks a permission: a dispatch wants Contents: write, not Actions: write. Give it Repository permissions > Contents: Read and write, for acme/events; the owner may have to approve that.',
  ],
  [
    'a GITHUB_TOKEN that may only read',
    ({ hub }) =>
      tokenOf(hub, GITHUB_TOKEN, token => Object.assign(token, { permissions: { contents: 'read' } })),
    GITHUB_TOKEN,
    'repository',
    403,
    '403 Resource not accessible by integration. Most likely the installation token (ghs_, such as GITHUB_TOKEN) lacks a permission: a dispatch wants Contents: write, not Actions: write. GITHUB_TOKEN reaches its own repository alone, and with "permissions: contents: write"; is acme/events that one?',
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
    'credential',
    403,
    '403 Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization. acme wants the classic token (ghp_) to be authorised for its single sign-on: Settings > Developer settings > Personal access tokens > Configure SSO.',
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
    assert.deepEqual({ ...outcome, words: '' }, { kind: 'refused', fault, status, words: '' });
    assert.equal(scene.hub.counters.requests.length, 1);
    assert.deepEqual(scene.hub.dispatches, []);
  });
}

const said = (status: number, message: string, headers: Record<string, string> = {}, more: object = {}) => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify({ message, documentation_url: 'https://docs.github.com/rest', ...more }),
});

/** What no state of the simulated GitHub leads to: [what, answer, fault, words after the attempt]. */
const ANSWERS: readonly [string, Fault<Hub>, 'credential' | 'repository' | 'event', RegExp][] = [
  [
    'a suspended account',
    said(403, 'Sorry. Your account was suspended.'),
    'credential',
    /The account of the token is suspended\.$/,
  ],
  [
    'a rule against classic tokens',
    said(403, '`acme` forbids access via a personal access token (classic).'),
    'credential',
    /acme does not admit the fine-grained token .* A GitHub App is not under it\.$/,
  ],
  [
    'an IP allow list',
    said(
      403,
      'Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled.',
    ),
    'repository',
    /The address under which this machine is seen has to be on the IP allow list of acme\.$/,
  ],
  [
    'the permission that GitHub itself names',
    said(403, 'Resource not accessible by personal access token', {
      'X-Accepted-GitHub-Permissions': 'contents=write,metadata=read; administration=write',
    }),
    'repository',
    /: this call wants Contents: write and Metadata: read or Administration: write, and a dispatch wants Contents: write, not Actions: write/,
  ],
  [
    'a blocked repository',
    said(451, 'Repository access blocked'),
    'repository',
    /Somebody blocked acme\/events/,
  ],
  ['a version that is gone', said(410, 'Gone'), 'repository', /2022-11-28 of the API gone\?/],
  [
    'a version that is not known',
    said(400, 'Bad Request: not a supported version'),
    'event',
    /400 Bad Request: not a supported version\. It is final/,
  ],
  [
    'too many keys',
    said(422, 'Invalid request.\n\nNo more than 10 properties are allowed; 14 were supplied.'),
    'event',
    /422 Invalid request\. No more than 10 properties are allowed; 14 were supplied\. A client payload has ten keys at most\.$/,
  ],
  [
    'too large a payload',
    said(422, 'client_payload is too large.'),
    'event',
    /422 client_payload is too large\. A client payload has less than 64 kB\.$/,
  ],
  [
    'details of a complaint',
    said(
      422,
      'Validation Failed',
      {},
      {
        errors: [{ resource: 'Event', field: 'event_type', code: 'missing' }, 'second', { message: 'third' }],
      },
    ),
    'event',
    /422 Validation Failed \(Event event_type missing; second; third\)\. It is final/,
  ],
  [
    'an event that has a telling name',
    said(422, 'event_type archived-and-suspended is not good.'),
    'event',
    /It is final/,
  ],
  ['an answer without words', { status: 404, body: '' }, 'repository', /: 404 Not Found\. Either/],
  ['a long answer, cut', said(422, 'x'.repeat(2000)), 'event', /: 422 x{496}… It is final/],
];

for (const [what, answer, fault, words] of ANSWERS) {
  test(`refused: ${what}`, async () => {
    const scene = await world();
    scene.fault(answer);
    const outcome = await scene.send();
    assert.equal(outcome.kind, 'refused');
    assert.equal(outcome.kind === 'refused' && outcome.fault, fault);
    assert.ok(wordsOf(outcome).startsWith(ASKED));
    assert.match(wordsOf(outcome), words);
  });
}

/** [what, what goes wrong, kind, words, dispatches that GitHub took] */
const ENDS: readonly [string, Fault<Hub>, DispatchOutcome['kind'], RegExp, number][] = [
  [
    'an error of GitHub',
    trouble.serverError(500),
    'unclear',
    /^GitHub \(HOST\) failed when asked to dispatch "qlik-app-updated" to acme\/events: 500 Server Error\. GitHub may have accepted it all the same\.$/,
    0,
  ],
  [
    'an error after the work',
    trouble.doneButServerError(502),
    'unclear',
    /: 502 Bad Gateway\. GitHub may have/,
    1,
  ],
  [
    "a gateway's page",
    trouble.unicorn(504),
    'unclear',
    /: 504 Gateway Timeout \(a web page\)\. GitHub may have/,
    0,
  ],
  [
    'a request that took too long there',
    said(408, 'Request Timeout'),
    'unclear',
    /: 408 Request Timeout\./,
    0,
  ],
  [
    'a lost answer',
    trouble.lostAnswer,
    'unclear',
    /^GitHub \(HOST\) gave no answer when asked to .*: the connection was cut \(UND_ERR_SOCKET\)\. GitHub may have/,
    1,
  ],
  ['a lost request', trouble.lostRequest, 'unclear', /the connection was cut/, 0],
  [
    'a sign-in page',
    { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>Please sign in</html>' },
    'unreachable',
    /^GitHub \(HOST\) could not be asked to .*; the answer is not one of its API: 200 OK \(a web page\)\. Most likely a proxy or a sign-in page on the way answered in its stead, or the URL is wrong: it is https:\/\/api\.github\.com, or https:\/\/HOST\/api\/v3 for GitHub Enterprise Server; here it is http:\/\/HOST\.$/,
    0,
  ],
  [
    "a proxy's refusal",
    { status: 403, headers: { 'Content-Type': 'text/plain' }, body: 'blocked by policy' },
    'unreachable',
    /403 Forbidden \(not JSON\)/,
    0,
  ],
  [
    'an answer with a content type that cannot be read',
    { status: 403, headers: { 'Content-Type': ';;;' }, body: 'x' },
    'unreachable',
    /403/,
    0,
  ],
];

for (const [what, fault, kind, words, taken] of ENDS) {
  test(`${kind}: ${what}`, async () => {
    const scene = await world();
    scene.fault(fault);
    const outcome = await scene.send();
    assert.equal(outcome.kind, kind);
    assert.match(wordsOf(outcome), words);
    assert.equal(scene.hub.dispatches.length, taken);
    assert.equal(scene.hub.counters.requests.length, 1, 'nothing is tried again');
  });
}

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
