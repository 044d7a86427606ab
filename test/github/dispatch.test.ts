import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { after, test } from 'node:test';
import type { Fault } from '../../simulator/faults.ts';
import type { Hub } from '../../simulator/github/hub.ts';
import { trouble } from '../../simulator/github/trouble.ts';
import type { DispatchOutcome } from '../../src/github/dispatch.ts';
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

const ASKED = 'GitHub (HOST) refused to dispatch "qlik-app-updated" to acme/events: ';

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
    '403 Resource not accessible by integration (x-accepted-github-permissions: contents=write). Most likely the installation token (ghs_, such as GITHUB_TOKEN) lacks a permission: a dispatch wants Contents: write, not Actions: write. GITHUB_TOKEN reaches its own repository alone, and with "permissions: contents: write"; is acme/events that one?',
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

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' };

const said = (status: number, message: string, headers: Record<string, string> = {}, more: object = {}) => ({
  status,
  headers: { ...JSON_TYPE, ...headers },
  body: JSON.stringify({ message, documentation_url: 'https://docs.github.com/rest', ...more }),
});

/** What no state of the simulated GitHub leads to: [what, answer, fault, words after the attempt]. */
const ANSWERS: readonly [string, Fault<Hub>, 'credential' | 'repository' | 'event', RegExp][] = [
  [
    'a suspended account',
    said(403, 'Sorry. Your account was suspended.'),
    'repository',
    /The account of the token is suspended\.$/,
  ],
  [
    'a rule against classic tokens',
    said(403, '`acme` forbids access via a personal access token (classic).'),
    'repository',
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
    /403 Resource not accessible by personal access token \(x-accepted-github-permissions: contents=write,metadata=read; administration=write\)\. Most likely .* a dispatch wants Contents: write, not Actions: write/,
  ],
  [
    'a blocked repository',
    said(451, 'Repository access blocked'),
    'repository',
    /Somebody blocked acme\/events/,
  ],
  ['a version that is gone', said(410, 'Gone'), 'repository', /2022-11-28 of the API gone\?/],
  [
    'a payload that is too long to be read',
    said(413, 'Payload Too Large'),
    'event',
    /413 Payload Too Large\.$/,
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
    /422 Validation Failed \(Event event_type missing; second; third\)\.$/,
  ],
  [
    'an event that has a telling name',
    said(422, 'event_type archived-and-suspended is not good.'),
    'event',
    /is not good\.$/,
  ],
  [
    'an event that is said to be spam',
    said(422, 'Validation failed, or the endpoint has been spammed.'),
    'event',
    /spammed\.$/,
  ],
  ['a long answer, cut', said(422, 'x'.repeat(2000)), 'event', /: 422 x{496}…$/],
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
    'trouble',
    /^GitHub \(HOST\) failed when asked to dispatch "qlik-app-updated" to acme\/events: 500 Server Error\.$/,
    0,
  ],
  ['an error after the work', trouble.doneButServerError(502), 'trouble', /: 502 Bad Gateway\.$/, 1],
  ["a gateway's page", trouble.unicorn(504), 'trouble', /: 504 Gateway Timeout \(a web page\)\.$/, 0],
  [
    'a request that took too long there',
    said(408, 'Request Timeout'),
    'trouble',
    /: 408 Request Timeout\./,
    0,
  ],
  [
    'a lost answer',
    trouble.lostAnswer,
    'unknown',
    /^GitHub \(HOST\) gave no answer when asked to .*: the connection was cut \(.+\)\.$/,
    1,
  ],
  ['a lost request', trouble.lostRequest, 'unknown', /the connection was cut/, 0],
  [
    'a sign-in page',
    { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>Please sign in</html>' },
    'trouble',
    /^GitHub \(HOST\) was asked to .*, and the answer is not one of its API: 200 OK \(a web page\)\. Most likely a proxy or a sign-in page on the way answered instead, or the URL is wrong: it is https:\/\/api\.github\.com, or https:\/\/HOST\/api\/v3 for GitHub Enterprise Server; here it is http:\/\/HOST\.$/,
    0,
  ],
  [
    "a proxy's refusal",
    { status: 403, headers: { 'Content-Type': 'text/plain' }, body: 'blocked by policy' },
    'trouble',
    /403 Forbidden \(not JSON\)/,
    0,
  ],
  [
    "a gateway's refusal in JSON",
    { status: 403, headers: JSON_TYPE, body: '{"error":"blocked"}' },
    'trouble',
    /not one of its API: 403 Forbidden\. Most likely a proxy/,
    0,
  ],
  [
    'a refusal without a word',
    { status: 404, body: '' },
    'trouble',
    /not one of its API: 404 Not Found\./,
    0,
  ],
  [
    'an answer that says that nothing has changed',
    { status: 304, body: '' },
    'trouble',
    /: 304 Not Modified\./,
    0,
  ],
  ['a conflict', said(409, 'Conflict'), 'trouble', /failed when asked to .*: 409 Conflict\.$/, 0],
  ['a misdirected request', said(421, 'Misdirected Request'), 'trouble', /: 421 Misdirected Request\.$/, 0],
  ['a call that was given up on the way', { status: 499, body: '' }, 'trouble', /: 499\./, 0],
  [
    'a version that is not known',
    said(400, 'Bad Request: not a supported version'),
    'trouble',
    /: 400 Bad Request/,
    0,
  ],
  [
    'an answer with a content type that cannot be read',
    { status: 403, headers: { 'Content-Type': ';;;' }, body: 'x' },
    'trouble',
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

test("GitHub's own sentence, the headers that explain it and the hint are told apart", async () => {
  const scene = await world({}, { credential: { kind: 'token', token: CLASSIC } });
  scene.fault(
    said(403, 'Resource protected by organization SAML enforcement.', {
      'X-GitHub-SSO': 'required; url=https://github.com/orgs/acme/sso?authorization_request=A2C4',
      'X-Accepted-GitHub-Permissions': 'contents=write',
    }),
  );
  const { words, ...outcome } = await scene.send().then(one => ({ words: '', ...one }));
  assert.deepEqual(outcome, {
    kind: 'refused',
    fault: 'repository',
    status: 403,
    said: '403 Resource protected by organization SAML enforcement.',
    hint: 'acme wants the classic token (ghp_) to be authorised for its single sign-on: Settings > Developer settings > Personal access tokens > Configure SSO.',
    permissions: 'contents=write',
    singleSignOn: 'required; url=https://github.com/orgs/acme/sso',
  });
  assert.doesNotMatch(words, /A2C4/);
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
