import { generateKeyPairSync } from 'node:crypto';
import { afterEach } from 'node:test';
import type { GitHubOptions } from '../../simulator/github/server.ts';
import { base64, endTrials, LISTENING, TOKEN, testTrials } from './check-trials.ts';

afterEach(endTrials);

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});

const reposited = (more: Record<string, unknown>): Partial<GitHubOptions> => ({
  repositories: [{ name: 'acme/events', ...more }],
});
const app = (installation: number) =>
  `app: { id: 7, key: ${base64(privateKey)}, installation: ${installation} }`;
const apps = (more: Record<string, unknown> = {}): Partial<GitHubOptions> => ({
  apps: [{ id: 7, publicKeys: [publicKey], installations: [{ id: 70, account: 'acme', ...more }] }],
});

testTrials([
  [
    'GitHub does not know the token',
    { credential: 'token: ghp_unknown0000' },
    /^problem GitHub \(localhost:\d+\) refused to read the repository acme\/events: 401 Bad credentials\. /,
  ],
  [
    'the token does not see the repository',
    {
      github: {
        tokens: [
          { token: TOKEN, kind: 'fine-grained', repositories: [], permissions: { contents: 'write' } },
        ],
      },
    },
    /^problem GitHub .* refused to read the repository acme\/events: 404 .*is it written right/,
  ],
  [
    'the App lacks the permission',
    { credential: app(70), github: apps({ permissions: { contents: 'read', actions: 'write' } }) },
    /^problem Installation 70 of the GitHub App 7 lacks Contents: write \(not Actions: write\)/,
  ],
  [
    'the App is not installed so',
    { credential: app(71), github: apps() },
    /^problem GitHub .*There is no installation 71/,
  ],
  [
    'the repository is archived',
    { github: reposited({ archived: true }) },
    /^problem The repository acme\/events is archived/,
  ],
  [
    'no workflow listens',
    {
      github: reposited({
        files: { '.github/workflows/other.yml': 'on: { repository_dispatch: { types: [other] } }' },
      }),
    },
    /^warning No workflow on the branch main of acme\/events listens to the event "qlik-app-updated": .* Listened to there: other\./,
  ],
  [
    'the workflow that listens is disabled',
    {
      github: reposited({
        files: { '.github/workflows/promote.yml': LISTENING },
        disabledWorkflows: ['.github/workflows/promote.yml'],
      }),
    },
    /^warning The event "qlik-app-updated" starts nothing: \.github\/workflows\/promote\.yml would listen, but is disabled/,
  ],
  [
    'GitHub is not there',
    { before: (_, github) => github.away() },
    /^problem GitHub \(localhost:\d+\) gave no answer when asked to read the repository acme\/events/,
  ],
]);
