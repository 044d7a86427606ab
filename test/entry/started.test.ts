import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureReport } from '../../src/entry/screen.ts';
import { startedIn } from '../../src/entry/started.ts';

const GITHUB = {
  GITHUB_RUN_ID: '17',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/qlik',
  GITHUB_EVENT_NAME: 'workflow_dispatch',
  GITHUB_ACTOR: 'anna',
};
const url = 'https://github.com/acme/qlik/actions/runs/17';

const ROWS: [string, Record<string, string>, ReturnType<typeof startedIn>][] = [
  ['a terminal', {}, { id: undefined, url: undefined, actor: undefined }],
  ['GitHub', GITHUB, { id: '17', url, actor: 'anna' }],
  [
    'GitHub, run again by another',
    { ...GITHUB, GITHUB_TRIGGERING_ACTOR: 'ben' },
    { id: '17', url, actor: 'ben' },
  ],
  [
    'GitHub, by the relay, whose token is of somebody who asked for nothing',
    { ...GITHUB, GITHUB_EVENT_NAME: 'repository_dispatch' },
    { id: '17', url, actor: undefined },
  ],
  [
    'Azure DevOps',
    {
      TF_BUILD: 'True',
      BUILD_BUILDID: '5',
      SYSTEM_COLLECTIONURI: 'https://dev.azure.com/acme/',
      SYSTEM_TEAMPROJECT: 'Qlik Apps',
      BUILD_REQUESTEDFOR: 'Anna Müller',
    },
    { id: '5', url: 'https://dev.azure.com/acme/Qlik%20Apps/_build/results?buildId=5', actor: 'Anna Müller' },
  ],
  [
    'GitLab',
    {
      GITLAB_CI: 'true',
      CI_PIPELINE_ID: '6',
      CI_PIPELINE_URL: 'https://gitlab.com/acme/qlik/-/pipelines/6',
      GITLAB_USER_LOGIN: 'anna',
    },
    { id: '6', url: 'https://gitlab.com/acme/qlik/-/pipelines/6', actor: 'anna' },
  ],
  [
    'Jenkins',
    { BUILD_NUMBER: '7', BUILD_URL: 'https://jenkins.company.com/job/qlik/7/' },
    { id: '7', url: 'https://jenkins.company.com/job/qlik/7/', actor: undefined },
  ],
];
for (const [name, environment, started] of ROWS) {
  test(`started: ${name}`, () => assert.deepEqual(startedIn(environment), started));
}

test('a run that ended before it had a report says in its result which version and run it is of', () =>
  assert.deepEqual(failureReport([{ text: 'No.' }], { id: '7', actor: 'anna' }).result, {
    outcome: 'failed',
    failures: ['No.'],
    version: 1,
    run: { id: '7', actor: 'anna' },
  }));
