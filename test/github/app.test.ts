import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GitHubOptions } from '../../simulator/github/server.ts';
import { InputError } from '../../src/base/errors.ts';
import type { GitHubCredential } from '../../src/github/credentials.ts';
import { connected, EVENTS, keyPair, refusalOf, setClock, type World, wordsOf, world } from './world.ts';

const { privateKey, publicKey } = keyPair();
const APP = { kind: 'app', id: 'Iv1.7', key: privateKey, installation: 70 } as const;
const ACME = { id: 70, account: 'acme' };

type AppCredential = Extract<GitHubCredential, { kind: 'app' }>;

function appWorld(more: Partial<GitHubOptions> = {}, credential: Partial<AppCredential> = {}) {
  return world(
    { apps: [{ id: 7, publicKeys: [publicKey], installations: [ACME] }], ...more },
    { credential: { ...APP, ...credential } },
  );
}

const paths = ({ hub }: World) => hub.counters.requests.map(({ path, status }) => `${path} ${status}`);
const MINT = '/app/installations/70/access_tokens';
const DISPATCH = '/repos/acme/events/dispatches';

test('an App signs in, with a token for that repository and nothing but dispatching', async () => {
  const scene = await appWorld();
  assert.equal((await scene.send()).kind, 'accepted');
  assert.deepEqual(paths(scene), [`${MINT} 201`, `${DISPATCH} 204`]);
  const used = scene.hub.hub.tokens.get(scene.hub.dispatches[0]?.credential.token ?? '');
  assert.deepEqual(used?.permissions, { metadata: 'read', contents: 'write' });
  assert.deepEqual(used?.repositories, new Set(['acme/events']));
  assert.deepEqual(scene.hub.breaches, []);
});

test("the App's number does as well as its client id, and a key with its line breaks spelt out", async () => {
  const scene = await appWorld({}, { id: 7, key: privateKey.replaceAll('\n', '\\n') });
  assert.equal((await scene.send()).kind, 'accepted');
});

test('a token is kept until near its end, for each repository', async () => {
  const scene = await appWorld({ repositories: [EVENTS, { name: 'acme/other' }] });
  await scene.send();
  await scene.send({ repository: 'ACME/Events' });
  await scene.send({ repository: 'acme/other' });
  scene.clock.time += 57 * 60_000;
  await scene.send();
  assert.equal(paths(scene).filter(path => path === `${MINT} 201`).length, 2);
  scene.clock.time += 2 * 60_000;
  await scene.send();
  assert.equal(paths(scene).filter(path => path === `${MINT} 201`).length, 3);
  assert.equal(scene.hub.dispatches.length, 5);
});

test('two connections never share a token, though they ask for the same at the same time', async () => {
  const one = await appWorld();
  const other = await appWorld();
  const outcomes = await Promise.all([one.send(), other.send()]);
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['accepted', 'accepted'],
  );
  assert.notEqual(one.hub.dispatches[0]?.credential.token, other.hub.dispatches[0]?.credential.token);
});

for (const [what, ahead] of [
  ['ahead', 3_600_000],
  ['behind', -3_600_000],
] as const) {
  test(`an App is let in by a GitHub whose clock is an hour ${what}, for an hour`, async () => {
    const scene = await appWorld({ switches: { ahead } });
    assert.equal((await scene.send()).kind, 'accepted');
    assert.deepEqual(paths(scene), [`${MINT} 401`, `${MINT} 201`, `${DISPATCH} 204`]);
    scene.clock.time += 50 * 60_000;
    await scene.send();
    assert.equal(paths(scene).length, 4);
  });
}

test('a token that was revoked is replaced once', async () => {
  const scene = await appWorld();
  await scene.send();
  scene.hub.hub.tokens.clear();
  assert.equal((await scene.send()).kind, 'accepted');
  assert.deepEqual(paths(scene).slice(2), [`${DISPATCH} 401`, `${MINT} 201`, `${DISPATCH} 204`]);
  assert.deepEqual(scene.clock.waits, []);
});

test('a token that is not known everywhere yet is waited for', async () => {
  const scene = await appWorld({ switches: { tokenLate: 2_500 } });
  assert.equal((await scene.send()).kind, 'accepted');
  assert.deepEqual(scene.clock.waits, [1_000, 2_000]);
  assert.equal(paths(scene).filter(path => path === `${MINT} 201`).length, 1);
});

test('a token that GitHub never gets to know is a refusal in the end', async () => {
  const scene = await appWorld({ switches: { tokenLate: 60_000 } });
  const outcome = await scene.send();
  assert.deepEqual(refusalOf(outcome), { fault: 'credential', status: 401 });
  assert.match(wordsOf(outcome), /does not take a token that it has just made for the GitHub App Iv1\.7/);
  assert.deepEqual(scene.clock.waits, [1_000, 2_000, 2_000]);
});

const START = 'GitHub (HOST) refused to make a token of the GitHub App Iv1.7 for acme/events: ';
const other = keyPair();

/** [what, GitHub, credential, fault, status, words] */
const REFUSALS: readonly [string, Partial<GitHubOptions>, Partial<AppCredential>, string, number, string][] =
  [
    [
      "another App's key",
      {},
      { key: other.privateKey },
      'credential',
      401,
      "401 A JSON web token could not be decoded. Does the key belong to the GitHub App Iv1.7, and is it still on the App's page under Private keys? Is this machine's clock right?",
    ],
    [
      'an installation that there is not',
      {},
      { installation: 71 },
      'credential',
      404,
      '404 Not Found. There is no installation 71 of the GitHub App Iv1.7: the number is at the end of the address of its page under Settings > GitHub Apps of the owner.',
    ],
    [
      'an App that there is not',
      { apps: [] },
      {},
      'credential',
      404,
      '404 Integration not found. There is no such App at this GitHub: is its id, or client id, written right?',
    ],
    [
      'a suspended installation',
      { apps: [{ id: 7, publicKeys: [publicKey], installations: [{ ...ACME, suspended: true }] }] },
      {},
      'credential',
      403,
      '403 This installation has been suspended. Somebody suspended installation 70 of the GitHub App Iv1.7: end that under Settings > GitHub Apps of the owner.',
    ],
    [
      'an installation with Actions: write alone',
      {
        apps: [
          { id: 7, publicKeys: [publicKey], installations: [{ ...ACME, permissions: { actions: 'write' } }] },
        ],
      },
      {},
      'repository',
      422,
      '422 The permissions requested are not granted to this installation. The installation 70 of the GitHub App Iv1.7 lacks Contents: write (not Actions: write): give it to the App under Permissions & events, and let the owner accept it.',
    ],
    [
      'a repository that the App is not installed on',
      {
        repositories: [EVENTS, { name: 'acme/other' }],
        apps: [
          { id: 7, publicKeys: [publicKey], installations: [{ ...ACME, repositories: ['acme/other'] }] },
        ],
      },
      {},
      'repository',
      422,
      '422 There is at least one repository that does not exist or is not accessible to the parent installation. Most likely acme/events is not among the repositories of installation 70 of the GitHub App Iv1.7: add it under Settings > GitHub Apps of the owner.',
    ],
  ];

for (const [what, options, credential, fault, status, words] of REFUSALS) {
  test(`no token: ${what}`, async () => {
    const scene = await appWorld(options, credential);
    const outcome = await scene.send();
    assert.equal(wordsOf(outcome), START + words);
    assert.deepEqual(refusalOf(outcome), { fault, status });
  });
}

test('an installation that is suspended later is told so', async () => {
  const scene = await appWorld();
  await scene.send();
  const installation = scene.hub.hub.apps.get(7)?.installations.get(70);
  assert.ok(installation);
  installation.suspended = true;
  const outcome = await scene.send();
  assert.deepEqual(refusalOf(outcome), { fault: 'repository', status: 403 });
  assert.match(wordsOf(outcome), /Somebody suspended the installation of the GitHub App Iv1\.7/);
});

const FAULTS = [
  ['cut off', { hangUp: 'after' }, 'unknown', /gave no answer when asked to make a token/],
  ['an error', { status: 502 }, 'trouble', /failed when asked to make a token .*: 502 Bad Gateway\.$/],
  [
    'a page',
    { answer: '<html>', contentType: 'text/html' },
    'trouble',
    /not one of its API: 20. .*\(a web page\)/,
  ],
  [
    'no token in it',
    { answer: '{}', contentType: 'application/json' },
    'trouble',
    /the answer does not have it/,
  ],
  ['a limit', { status: 429, headers: { 'Retry-After': '30' } }, 'limited', /did not make a token/],
] as const;

for (const [what, fault, kind, words] of FAULTS) {
  test(`a call for a token that ends with ${what} has dispatched nothing: ${kind}`, async () => {
    const scene = await appWorld();
    scene.hub.faults.add({ path: /access_tokens$/, fault });
    const outcome = await scene.send();
    assert.equal(outcome.kind, kind);
    assert.match(wordsOf(outcome), words);
    assert.deepEqual(scene.hub.dispatches, []);
    assert.equal((await scene.send()).kind, 'accepted', 'and nothing of it is kept');
  });
}

test('what cannot be a credential fails at once, unquoted', () => {
  const unusable: [GitHubCredential, RegExp][] = [
    [{ ...APP, key: 'secret-key' }, /not an RSA private key in PEM/],
    [{ ...APP, key: publicKey }, /not an RSA private key in PEM/],
    [{ kind: 'token', token: ' ' }, /token is empty/],
    [{ kind: 'token', token: 'secret-key\nsecond' }, /has spaces, line breaks/],
  ];
  for (const [credential, message] of unusable) {
    assert.throws(
      () => connected('http://localhost:1', { credential, clock: setClock() }),
      (error: unknown) =>
        error instanceof InputError && message.test(error.message) && !error.message.includes('secret-key'),
    );
  }
});
