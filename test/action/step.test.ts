import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { SPEC, shelf, tagsOf } from '../sites-for-tests.ts';
import { runStep, sitesInput } from './runner.ts';
import { ASKS, on, step } from './scene.ts';

test('step: promotes the app of the event, and shows it', () =>
  on({}, async set => {
    const { code, log, outputs, summary, files } = await step(set);
    assert.equal(code, 0, log);
    assert.equal(outputs.outcome, 'promoted');
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Demo Build@Review']);
    assert.deepEqual(tagsOf(set.dev, set.app), ['Promoted']);
    const result = JSON.parse(outputs.result ?? '');
    assert.equal(result.apps[0].sha256, await set.dev.digest(set.app));
    assert.equal(result.apps[0].targets[0].streams[1].did, 'published');
    assert.match(
      summary,
      /<td><span title="[0-9a-f-]{36}">Demo Build<\/span><\/td><td><span title="[0-9a-f-]{36}">Everyone<\/span><span title="300 KB in [^"]*">: replaced<\/span>; /,
    );
    for (const group of ['Survey', 'Plan', 'Promotion']) assert.ok(log.includes(`::group::${group}\n`));
    assert.ok(files.includes(basename(outputs['result-path'] ?? '')), 'all of the result is in a file');
    assert.deepEqual(
      Object.keys(result).filter(name => name === 'version' || name === 'cut'),
      ['version'],
    );
    const left = files.filter(name => !name.startsWith('qrs-action-result-'));
    assert.deepEqual(left, [], 'nothing but the result stays in RUNNER_TEMP');
    assert.match([...set.test.site.apps.values()][0]?.description ?? '', /, run 4711-1-[0-9a-f]{6}$/);
  }));

test('step: every secret is registered before anything else is printed, and shown nowhere', () =>
  on({}, async set => {
    const { log, outputs, summary } = await step(set, {}, { env: { RUNNER_DEBUG: '1' } });
    const key = set.dev.key.trim().split('\n');
    const [first = ''] = log.split('\n');
    assert.match(first, /^::add-mask::[A-Za-z0-9+/=\\%-]{16,}/);
    const shown = `${log.replaceAll(/^::add-mask::.*$/gm, '')}${JSON.stringify(outputs)}${summary}`;
    for (const line of key.slice(1, -1)) assert.ok(!shown.includes(line));
  }));

test('step: a dry run shows the plan', () =>
  on({}, async set => {
    const { code, outputs, summary } = await step(set, { 'dry-run': 'true' });
    assert.deepEqual([code, outputs.outcome], [0, 'planned']);
    assert.match(summary, /Plan: nothing was changed[\s\S]*to be published/);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

test('step: a check tries every site, checks the spec, and runs nothing', () =>
  on({}, async set => {
    const { code, outputs, summary } = await step(set, { check: 'all' });
    assert.equal(code, 0);
    assert.equal(outputs.outcome, 'checked');
    assert.match(summary, /<th>dev<\/th><th>test<\/th>[\s\S]*signed in/);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

test('step: a failure fails the step, with its cause as an annotation', () =>
  on({}, async set => {
    set.test.faults.add({
      path: /publish/,
      times: Number.POSITIVE_INFINITY,
      fault: { status: 403, body: 'Forbidden' },
    });
    const { code, log, outputs, summary } = await step(set);
    assert.deepEqual([code, outputs.outcome], [1, 'failed']);
    assert.match(
      log,
      /^::error::App "Demo Build": Site "test" refused to publish app "Demo Build" to stream "Review": 403 Forbidden\. Has INTERNAL\\sa_api the Publish right/m,
    );
    assert.match(summary, /What went wrong[\s\S]*refused to publish/);
  }));

test('step: a name with a line break or markup cannot speak to the runner or the page', async () => {
  const name = 'A\n::set-output name=x::y\n<img src=x> @team | ##[set-output name=x]y';
  await on(
    { app: { name, properties: ASKS }, testData: { apps: [{ name, stream: 'Everyone' }] } },
    async set => {
      const { code, log, summary, outputs } = await step(set);
      assert.equal(code, 0, log);
      assert.doesNotMatch(log, /^::set-output|##\[/m);
      assert.doesNotMatch(summary, /<img|@team/);
      assert.equal(JSON.parse(outputs.result ?? '').apps[0].name, name);
    },
  );
});

test('step: a problem of a file of the repository is annotated on its line, with the lines around in the log', () =>
  on({}, async set => {
    const folder = mkdtempSync(join(tmpdir(), 'qrs-action workspace '));
    try {
      writeFileSync(join(folder, 'spec.yml'), 'from: dev\nto:\n  - site: test\n    mode: replace\n');
      const { log } = await step(
        set,
        { promote: join(folder, 'spec.yml') },
        { env: { GITHUB_WORKSPACE: folder } },
      );
      assert.match(
        log,
        /^::error title=Problem in [^,]*spec\.yml,file=spec\.yml,line=4,col=5::to: site "test": mode must be overwrite/m,
      );
      assert.match(log, /^> 4 \| {5}mode: replace\n {4}\| {5}\^$/m);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }));

test('step: one site under two names is refused', () =>
  on({}, async set => {
    const { sites } = sitesInput({ dev: set.dev, test: set.test });
    const twin = sites.replace(/^test:\n/m, 'test2:\n').split(/^(?=test2:)/m)[1] ?? '';
    const { log } = await step(set, {
      sites: sites + twin.replace(set.test.url, `${set.test.url.replace('localhost', 'LOCALHOST')}/qrs/`),
    });
    assert.match(log, /sites "test" and "test2" have the same url/);
  }));

test('step: an event that names no app does not disturb a spec that lists its apps', () =>
  on({}, async set => {
    const promote = SPEC.replace('apps: event', 'apps: [{ name: Demo Build }]');
    const { code, log } = await step(
      set,
      { promote },
      { event: { name: 'repository_dispatch', payload: { client_payload: { x: 1 } } } },
    );
    assert.equal(code, 0, log);
  }));

test('step: an indented spec is read', () =>
  on({}, async set => {
    const { code, log } = await step(set, { promote: SPEC.replace(/^(?=.)/gm, '    ') });
    assert.equal(code, 0, log);
  }));

test('step: a problem of a single site names the input', async () => {
  const { log } = await runStep({ inputs: { promote: SPEC, url: 'ftp://x', jwt: 'a.b.c' } });
  assert.match(log, /^::error::Input "url" must be a URL that begins with https:/m);
});

test('step: a closed port gets its own sentence', () =>
  on({}, async set => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => closed.once('listening', resolve));
    const address: AddressInfo | string | null = closed.address();
    await new Promise(resolve => closed.close(resolve));
    const port = typeof address === 'object' ? address?.port : 0;
    const { sites } = sitesInput({ dev: set.dev, test: set.test });
    const { log } = await step(set, { sites: sites.replace(set.dev.url, `https://localhost:${port}`) });
    assert.match(
      log,
      new RegExp(
        `Site "dev" gave no answer .*nothing listens at localhost:${port}\\. Are host and port right`,
      ),
    );
  }));

test('step: spec and sites may be files, credentials paths or base64', () =>
  on({}, async set => {
    const folder = join(tmpdir(), `qrs-action-files-${process.pid}`);
    const file = (name: string, text: string) => {
      writeFileSync(`${folder}-${name}`, text);
      return `${folder}-${name}`;
    };
    const base64 = Buffer.from(set.dev.key).toString('base64');
    const { sites } = sitesInput({ dev: set.dev, test: set.test });
    const { code, log } = await step(
      set,
      { promote: file('spec.yml', SPEC), sites: file('sites.yml', sites) },
      { env: { DEV_KEY: base64, DEV_CERT: file('client.pem', set.dev.certificate) } },
    );
    assert.equal(code, 0, log);
    assert.ok(log.includes(`::add-mask::${base64}`));
  }));
