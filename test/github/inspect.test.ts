import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import type { GitHubOptions } from '../../simulator/github/server.ts';
import { trouble } from '../../simulator/github/trouble.ts';
import { StoppedError } from '../../src/base/errors.ts';
import type { Finding } from '../../src/base/finding.ts';
import { inspectRepository } from '../../src/github/check/repository.ts';
import {
  CLASSIC,
  connected,
  EVENTS,
  FINE_GRAINED,
  GITHUB_TOKEN,
  keyPair,
  TOKENS,
  WORKFLOW,
  type World,
  workflow,
  world,
} from './world.ts';

const { privateKey, publicKey } = keyPair();
const INSTALLATION = {
  id: 70,
  account: 'acme',
  permissions: { contents: 'write', actions: 'read' },
} as const;
const APP = { kind: 'app', id: 7, key: privateKey, installation: 70 } as const;

const withToken = (token: string, options: GitHubOptions = {}) =>
  world(options, { credential: { kind: 'token', token } });

function withApp(installation: object = {}, options: GitHubOptions = {}) {
  const apps = [{ id: 7, publicKeys: [publicKey], installations: [{ ...INSTALLATION, ...installation }] }];
  return world({ apps, ...options }, { credential: APP });
}

async function inspect(
  { github }: Pick<World, 'github'>,
  events = ['qlik-app-updated'],
  name = 'acme/events',
) {
  const findings = await inspectRepository(github, name, events, new AbortController().signal);
  return findings.map(
    ({ level, what }): Finding => ({
      level,
      what: what.replaceAll(/localhost:\d+/g, 'HOST').replaceAll(/20\d\d-\d\d-\d\d(T[\d:.]+Z)?/g, 'DATE'),
    }),
  );
}

const lines = (findings: readonly Finding[]) => findings.map(({ level, what }) => `${level}: ${what}`);

const repositoryAnswer = z.record(z.string(), z.unknown());

/** What GitHub says of the repository to this token, with something about it changed. */
async function telling({ hub }: World, token: string, change: object, headers: Record<string, string> = {}) {
  const reply = await fetch(`${hub.url}/repos/acme/events`, {
    headers: { authorization: `token ${token}`, 'user-agent': 'test' },
  });
  const told = repositoryAnswer.parse(await reply.json());
  const kept = [...reply.headers].filter(([name]) => !['content-length', 'connection'].includes(name));
  hub.faults.add({
    method: 'GET',
    path: /^\/repos\/acme\/events$/,
    fault: {
      status: 200,
      headers: { ...Object.fromEntries(kept), ...headers },
      body: JSON.stringify({ ...told, ...change }),
    },
  });
}

const MAY = { permissions: { admin: false, push: true, pull: true } };

test('all that can be seen with a classic token', async () => {
  const scene = await withToken(CLASSIC);
  assert.deepEqual(lines(await inspect(scene)), [
    'ok: The classic token (ghp_) works; GitHub does not say when it expires.',
    'ok: The classic token (ghp_) sees the repository acme/events, with the default branch main.',
    'ok: The user of the classic token (ghp_) may write to acme/events, and the token has the scope for it.',
    'ok: The event "qlik-app-updated" starts .github/workflows/promote.yml on main of acme/events.',
    'ok: The clocks of this machine and of HOST agree.',
    'ok: 4999 of 5000 calls are left in this hour, until DATE; all tokens of one user share them.',
  ]);
  assert.deepEqual(scene.hub.breaches, []);
  assert.deepEqual(scene.hub.dispatches, []);
});

test('all that can be seen with an App', async () => {
  const scene = await withApp();
  assert.deepEqual(lines(await inspect(scene)), [
    'ok: The key of the GitHub App 7 works, and its installation 70 has Contents: write.',
    'ok: The GitHub App 7 sees the repository acme/events, with the default branch main.',
    'ok: The event "qlik-app-updated" starts .github/workflows/promote.yml on main of acme/events.',
    'ok: The clocks of this machine and of HOST agree.',
    'ok: 4999 of 5000 calls are left in this hour, until DATE; all tokens of one user share them.',
  ]);
  assert.deepEqual(scene.hub.breaches, []);
});

test('what a fine-grained token may do is said to be unknown', async () => {
  const scene = await withToken(FINE_GRAINED);
  assert.ok(
    lines(await inspect(scene)).includes(
      'ok: The user of the fine-grained token (github_pat_) may write to acme/events. GitHub does not say whether the token itself has Contents: write: see the page of the token.',
    ),
  );
});

/** What is not well: [what, scene, what it is told as]. */
const TROUBLES: readonly [string, () => Promise<World>, string | RegExp][] = [
  [
    'a token that there is not',
    () => withToken('ghp_unknown'),
    /^problem: GitHub \(HOST\) refused to read the repository acme\/events: 401 Bad credentials\. GitHub does not know the classic token \(ghp_\): it has expired/,
  ],
  [
    'a repository that cannot be seen',
    () =>
      withToken(FINE_GRAINED, {
        repositories: [{ name: 'acme/other' }],
        tokens: [{ ...TOKENS[1], repositories: [] }],
      }),
    /^problem: GitHub \(HOST\) refused to read the repository acme\/events: 404 Not Found\. Either there is no acme\/events, or/,
  ],
  [
    'a token that ends soon',
    async () => {
      const scene = await withToken(FINE_GRAINED, {
        tokens: [{ ...TOKENS[1], expires: new Date(Date.now() + 3.5 * 86_400_000) }],
      });
      return scene;
    },
    'warning: The fine-grained token (github_pat_) works until DATE only, 3 days from now: make a new one in time.',
  ],
  [
    'a token that ends some day',
    () =>
      withToken(FINE_GRAINED, {
        tokens: [{ ...TOKENS[1], expires: new Date(Date.now() + 90 * 86_400_000) }],
      }),
    'ok: The fine-grained token (github_pat_) works until DATE.',
  ],
  [
    'the token of a job',
    () => withToken(GITHUB_TOKEN),
    'warning: The installation token (ghs_, such as GITHUB_TOKEN) works, but such a token lasts an hour, or as long as its job: give the relay the App itself, or a token of a user.',
  ],
  [
    'an archived repository',
    () => withToken(CLASSIC, { repositories: [{ ...EVENTS, archived: true }] }),
    'problem: The repository acme/events is archived and takes no dispatch: end that in its settings.',
  ],
  [
    'a user who may only read',
    async () => {
      const scene = await withToken(CLASSIC);
      await telling(scene, CLASSIC, { permissions: { push: false } });
      return scene;
    },
    'problem: The user of the classic token (ghp_) may not write to acme/events, and so may not dispatch to it: let its owner give the role Write.',
  ],
  [
    'a GitHub that does not tell what a user may do',
    async () => {
      const scene = await withToken(CLASSIC);
      await telling(scene, CLASSIC, { permissions: undefined });
      return scene;
    },
    'warning: GitHub did not say whether the user of the classic token (ghp_) may write to acme/events.',
  ],
  [
    'a scope for public repositories alone',
    async () => {
      const scene = await withToken(CLASSIC);
      await telling(scene, CLASSIC, MAY, { 'x-oauth-scopes': 'public_repo, gist' });
      return scene;
    },
    'problem: The classic token (ghp_) lacks the scope repo, without which it may not dispatch to acme/events: add it on the page of the token.',
  ],
  [
    'no workflow for the event',
    () => withToken(CLASSIC, { repositories: [{ ...EVENTS, files: { [WORKFLOW]: workflow('push') } }] }),
    'warning: No workflow on the branch main of acme/events listens to the event "qlik-app-updated": GitHub accepts it and starts none. A workflow needs "on: repository_dispatch: types: [qlik-app-updated]" on that very branch.',
  ],
  [
    'no workflow at all',
    () => withToken(CLASSIC, { repositories: [{ name: 'acme/events' }] }),
    /^warning: No workflow on the branch main of acme\/events listens to the event "qlik-app-updated"/,
  ],
  [
    'a workflow for another event',
    () =>
      withToken(CLASSIC, {
        repositories: [
          {
            ...EVENTS,
            files: { [WORKFLOW]: workflow('{ repository_dispatch: { types: [qlik-app-update] } }') },
          },
        ],
      }),
    / starts none\. Listened to there: qlik-app-update\. A workflow needs/,
  ],
  [
    'a workflow that cannot be read',
    () => withToken(CLASSIC, { repositories: [{ ...EVENTS, files: { [WORKFLOW]: 'on: [push' } }] }),
    'warning: .github/workflows/promote.yml on main could not be read as a workflow; whether it listens is not known.',
  ],
  [
    'a workflow that is disabled',
    () => withToken(CLASSIC, { repositories: [{ ...EVENTS, disabledWorkflows: [WORKFLOW] }] }),
    'warning: The event "qlik-app-updated" starts nothing: .github/workflows/promote.yml would listen, but is disabled. Enable it under Actions of acme/events.',
  ],
  [
    'workflows whose state may not be read',
    () => withApp({ permissions: { contents: 'write' } }),
    'ok: This credential does not show whether a workflow is disabled; with Actions: read it does.',
  ],
  [
    'contents that may not be read',
    () => withToken(FINE_GRAINED, { tokens: [{ ...TOKENS[1], permissions: { actions: 'write' } }] }),
    /^problem: Which workflows listen could not be seen\. GitHub \(HOST\) refused to read the workflows of acme\/events: 403 Resource not accessible by personal access token \(x-accepted-github-permissions: contents=read\)\. Most likely the fine-grained token \(github_pat_\) lacks a permission: a dispatch wants Contents: write, not Actions: write\. .*Contents: Read and write/,
  ],
  [
    'a clock that is off',
    () => withToken(CLASSIC, { switches: { ahead: 90_000 } }),
    'warning: The clock of this machine is 90 s behind that of HOST: set it by a time server.',
  ],
  [
    'a budget that is nearly spent',
    async () => {
      const scene = await withToken(CLASSIC);
      await telling(scene, CLASSIC, MAY, { 'x-ratelimit-remaining': '12' });
      return scene;
    },
    'warning: 12 of 5000 calls are left in this hour, until DATE; all tokens of one user share them.',
  ],
  ['no limit', () => withToken(CLASSIC, { switches: { perHour: 0 } }), 'ok: HOST reports no limit on calls.'],
  [
    'a suspended installation',
    () => withApp({ suspended: true }),
    'problem: Installation 70 of the GitHub App 7 is suspended: end that under Settings > GitHub Apps of the owner.',
  ],
  [
    'an installation without the permission',
    () => withApp({ permissions: { actions: 'write' } }),
    'problem: Installation 70 of the GitHub App 7 lacks Contents: write (not Actions: write): give it to the App under Permissions & events, and let the owner accept it.',
  ],
  [
    'an installation of somebody else',
    () => withApp({ account: 'umbrella' }),
    'problem: Installation 70 of the GitHub App 7 belongs to umbrella and does not reach acme/events: give the number of the one on acme.',
  ],
  [
    'an installation on other repositories',
    () => withApp({ repositories: ['acme/other'] }, { repositories: [EVENTS, { name: 'acme/other' }] }),
    /^problem: GitHub \(HOST\) refused to make a token of the GitHub App 7 for acme\/events: 422 .* Most likely acme\/events is not among the repositories of installation 70/,
  ],
  [
    'an installation that there is not',
    () => withApp({ id: 71 }),
    /^problem: GitHub \(HOST\) refused to read installation 70 of the GitHub App 7: 404 Not Found\. There is no installation 70 of the GitHub App 7/,
  ],
];

for (const [what, scene, told] of TROUBLES) {
  test(`told: ${what}`, async () => {
    const found = lines(await inspect(await scene()));
    const fits = found.some(line => (typeof told === 'string' ? line === told : told.test(line)));
    assert.ok(fits, found.join('\n'));
  });
}

test('the new name of a repository', async () => {
  const scene = await withToken(CLASSIC);
  scene.hub.rename('acme/events', 'acme/happenings');
  const found = lines(await inspect(scene));
  assert.equal(
    found[1],
    'warning: The repository acme/events was renamed to acme/happenings. GitHub forwards dispatches until somebody takes the old name: write the new one in the configuration.',
  );
  assert.ok(found.some(line => /starts .*promote\.yml on main of acme\/happenings/.test(line)));
});

test('each event is looked for, in every workflow', async () => {
  const files = {
    '.github/workflows/a.yml': workflow('{ repository_dispatch: { types: [one, two] } }'),
    '.github/workflows/b.yaml': workflow('{ repository_dispatch: { types: [two] } }'),
    '.github/workflows/deeper/c.yml': workflow('{ repository_dispatch: { types: [three] } }'),
    '.github/workflows/notes.md': 'on: repository_dispatch',
  };
  const found = lines(
    await inspect(await withToken(CLASSIC, { repositories: [{ name: 'acme/events', files }] }), [
      'one',
      'two',
      'three',
      'one',
    ]),
  );
  const events = found.filter(line => line.includes('event "'));
  assert.equal(events.length, 3);
  assert.match(events[0] ?? '', /"one" starts \.github\/workflows\/a\.yml on/);
  assert.match(events[1] ?? '', /"two" starts \.github\/workflows\/a\.yml, \.github\/workflows\/b\.yaml on/);
  assert.match(events[2] ?? '', /listens to the event "three"/);
});

test('a GitHub Enterprise Server tells its version', async () => {
  const { hub } = await world({ switches: { enterprise: '3.17.2', perHour: 0 } });
  const there = connected(`${hub.url}/api/v3`, { credential: { kind: 'token', token: CLASSIC } });
  assert.ok(lines(await inspect(there)).includes('ok: HOST is a GitHub Enterprise Server 3.17.2.'));
});

test('an address that is not the one of the API is said to be none', async () => {
  const scene = await withToken(CLASSIC);
  scene.hub.faults.add({ fault: { status: 404, headers: { 'Content-Type': 'text/html' }, body: '<html>' } });
  const [only, ...more] = lines(await inspect(scene));
  assert.match(
    only ?? '',
    /^problem: .*404 Not Found \(a web page\)\. .* https:\/\/HOST\/api\/v3 for GitHub Enterprise Server; here it is http:\/\/HOST\.$/,
  );
  assert.deepEqual(more, []);
});

test('a limit ends it', async () => {
  const scene = await withToken(CLASSIC);
  scene.hub.faults.add({ fault: trouble.secondaryLimit(60) });
  const words = /^problem: GitHub \(HOST\) takes no more calls until DATE and did not read the repository/;
  assert.match(lines(await inspect(scene)).join(), words);
});

test('a GitHub that is away ends it', async () => {
  const scene = await withToken(CLASSIC);
  await scene.hub.away();
  const words = /^problem: GitHub \(HOST\) gave no answer when asked to read the repository/;
  assert.match(lines(await inspect(scene)).join(), words);
});

test('stopping ends it', async () => {
  const { github } = await withToken(CLASSIC);
  await assert.rejects(inspectRepository(github, 'acme/events', [], AbortSignal.abort()), StoppedError);
});
