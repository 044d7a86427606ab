import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GitHub, startGitHub } from '../../simulator/github/server.ts';
import { type Stage, type StageOptions, stage } from '../sites-for-tests.ts';
import { runStep, type Step, type StepOptions, sitesInput } from './runner.ts';

const TOKEN = 'ghs_markedTokenOfTheJob000000000000000001';
const SPEC = 'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Everyone, Review] }]\n';
const PULL = {
  number: 7,
  pull_request: { number: 7, head: { repo: { full_name: 'acme/qlik' } } },
  repository: { owner: { login: 'acme' }, name: 'qlik' },
};

interface World extends Stage {
  github: GitHub;
  /** Bodies of the comments on the pull request. */
  comments(): string[];
  step(inputs?: Record<string, string>, more?: Partial<StepOptions>): Promise<Step>;
}

async function on(
  check: (world: World) => Promise<void>,
  options: StageOptions = {},
  rights: Record<string, 'read' | 'write'> = { pull_requests: 'write' },
): Promise<void> {
  const set = await stage(options);
  const repositories = ['acme/qlik'];
  const github = await startGitHub({
    repositories: [{ name: 'acme/qlik' }],
    tokens: [{ token: TOKEN, kind: 'fine-grained', repositories, permissions: rights }],
  });
  const { sites, env } = sitesInput({ dev: set.dev, test: set.test });
  try {
    await check({
      ...set,
      github,
      comments: () =>
        [...github.hub.repositories.values()].flatMap(({ comments }) => comments.map(({ body }) => body)),
      step: (inputs = {}, more = {}) =>
        runStep({
          inputs: {
            promote: SPEC,
            sites,
            'dry-run': 'true',
            comment: 'true',
            'github-token': TOKEN,
            ...inputs,
          },
          event: { name: 'pull_request', payload: PULL },
          ...more,
          env: {
            ...env,
            GITHUB_API_URL: github.url,
            GITHUB_SERVER_URL: 'https://github.com',
            GITHUB_REPOSITORY: 'acme/qlik',
            GITHUB_WORKFLOW: 'Plan -- and more',
            GITHUB_JOB: 'plan',
            GITHUB_ACTION: '__qrs-action',
            ...more.env,
          },
        }),
    });
    assert.deepEqual(github.breaches, []);
  } finally {
    await Promise.all([set.stop(), github.stop()]);
  }
}

test('comment: a dry run on a pull request keeps one comment with its plan', () =>
  on(async ({ step, comments, github, test: target }) => {
    const first = await step();
    assert.equal(first.code, 0, first.log);
    assert.equal(first.outputs.outcome, 'planned');
    assert.match(first.log, /::notice::The plan was written to https:\/\/github\.com\/acme\/qlik\/pull\/7/);
    const [body = '', ...others] = comments();
    assert.deepEqual(others, []);
    assert.match(body, /^<!-- qrs-action plan Plan%20%2D%2D%20and%20more plan __qrs%2Daction -->\n<h3>Plan/);
    assert.match(body, />Demo Build</);
    target.site.apps.clear();
    const second = await step();
    assert.match(second.log, /::notice::The plan was updated in /);
    assert.equal(comments().length, 1);
    assert.notEqual(comments()[0], body);
    const other = await step({}, { env: { GITHUB_JOB: 'other' } });
    assert.equal(other.code, 0);
    assert.equal(comments().length, 2);
    assert.ok(github.counters.requests.every(({ path }) => path.startsWith('/repos/acme/qlik/issues/')));
    assert.ok(!first.log.replaceAll(/^::add-mask::.*$/gm, '').includes(TOKEN));
  }));

test("comment: people's comments stay as they are, over many pages", () =>
  on(async ({ step, comments, github }) => {
    const [repository] = github.hub.repositories.values();
    const said = (id: number) => ({ id, issue: 7, login: 'anna', body: `No. ${id}, > <!-- qrs-action plan` });
    repository?.comments.push(...Array.from({ length: 150 }, (_, id) => said(id)));
    for (let times = 0; times < 2; times += 1) assert.equal((await step()).code, 0);
    assert.equal(comments().length, 151);
    assert.equal(comments()[42], said(42).body);
  }));

test('comment: a hostile name notifies nobody and makes no markup', () =>
  on(
    async ({ step, comments }) => {
      await step({ promote: SPEC.replace('Demo Build', '"@acme/admins <img src=x> --> | x"') });
      const [body = ''] = comments();
      assert.match(body, /&#64;&#8203;acme\/admins &lt;img src=x&gt; --&gt; \| x/);
      assert.doesNotMatch(body, /@|<img/);
    },
    { devApps: [{ name: '@acme/admins <img src=x> --> | x', stream: 'Build', size: '1 KB' }] },
  ));

test('comment: more than fits is counted, and the link of the run comes last', () =>
  on(
    async ({ step, comments }) => {
      const promote =
        "from: dev\napps: [{ filter: stream.name eq 'Build' }]\nto: [{ site: test, streams: [Everyone] }]\n";
      const { code, log } = await step({ promote });
      assert.equal(code, 0, log);
      const [body = ''] = comments();
      assert.ok(body.length <= 60_000 && body.length > 20_000, String(body.length));
      const end = '\n[The run](https://github.com/acme/qlik/actions/runs/4711)\n';
      assert.match(body, /… and \d+ more; the run has them all\.<\/p>\n/);
      assert.ok(body.endsWith(end));
    },
    {
      devApps: Array.from({ length: 500 }, (_, index) => ({
        name: `App ${index} ${'x'.repeat(120)}`,
        stream: 'Build',
        size: '1 KB',
      })),
    },
  ));

const NOTHING: [string, Partial<StepOptions>, RegExp][] = [
  [
    'another event',
    { event: { name: 'push', payload: {} } },
    /::notice::No comment is written: the event is push/,
  ],
  [
    'a fork',
    {
      event: {
        name: 'pull_request',
        payload: { ...PULL, pull_request: { number: 7, head: { repo: { full_name: 'eve/qlik' } } } },
      },
    },
    /::notice::No comment is written: a pull request from a fork/,
  ],
  [
    'an event file that is broken',
    { env: { GITHUB_EVENT_PATH: import.meta.filename } },
    /::warning::The plan was not written/,
  ],
  [
    'a GitHub that is not there',
    { env: { GITHUB_API_URL: 'http://127.0.0.1:1' } },
    /::warning::The plan was not written/,
  ],
];
for (const [name, more, says] of NOTHING) {
  test(`comment: ${name} gets none, and the step goes on`, () =>
    on(async ({ step, comments }) => {
      const done = await step({}, more);
      assert.equal(done.code, 0, done.log);
      assert.equal(done.outputs.outcome, 'planned');
      assert.match(done.log, says);
      assert.deepEqual(comments(), []);
    }));
}

test('comment: a token without the right is a warning that names it', () =>
  on(
    async ({ step, comments }) => {
      const done = await step();
      assert.equal(done.code, 0);
      assert.match(done.log, /::warning::.*Resource not accessible.*permissions: \{ pull-requests: write \}/);
      assert.deepEqual(comments(), []);
    },
    {},
    { pull_requests: 'read' },
  ));

const WRONG: [string, Record<string, string>, RegExp][] = [
  ['no dry run', { 'dry-run': 'false' }, /"comment" is of use with "dry-run: true" alone/],
  ['no token', { 'github-token': '' }, /"comment" needs "github-token"/],
  ['another word', { comment: 'yes' }, /"comment" must be true or false; found "yes"/],
];
for (const [name, inputs, says] of WRONG) {
  test(`comment: ${name} is wrong use, before anything is asked of a site`, () =>
    on(async ({ step, dev }) => {
      const done = await step(inputs);
      assert.equal(done.code, 1);
      assert.match(done.log, says);
      assert.deepEqual(dev.counters.requests, []);
    }));
}
