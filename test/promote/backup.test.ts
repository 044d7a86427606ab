import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { changes, shelf } from '../sites-for-tests.ts';
import { backup, quoted } from './backups.ts';
import { appIn, appNamed, FOR_GOOD, filesIn, on, pictureOf, streamResults } from './scene.ts';

/** What is about to be replaced is kept first; a file that was so kept can be promoted again; the archive. */

const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

test('backup: the file is what the target had, and a JSON file beside it says what it is', () =>
  on({}, async set => {
    const old = appIn(set.test, 'Everyone');
    const was = { ...old, digest: await set.test.digest(old.id) };
    const began = Date.now();
    const report = await set.run(backup(set));
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    const [json = '', qvf = '', ...more] = filesIn(set.folder);
    assert.deepEqual(more, [], 'nothing is kept of a stream that had no such app');
    const [, time = ''] =
      new RegExp(`^test/Everyone/Demo Build-${old.id}-(.*)\\.qvf$`).exec(qvf) ?? assert.fail(qvf);
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/);
    assert.equal(json, qvf.replace(/qvf$/, 'json'));
    assert.equal(sha256(join(set.folder, qvf)), was.digest);
    const sidecar = JSON.parse(readFileSync(join(set.folder, json), 'utf8'));
    assert.deepEqual([sidecar.site, sidecar.stream], ['test', 'Everyone']);
    assert.equal(sidecar.sha256, was.digest);
    assert.equal(sidecar.bytes, 200_000);
    assert.ok(Date.parse(sidecar.at) >= began && Date.parse(sidecar.at) <= Date.now());
    assert.deepEqual(
      [sidecar.app.id, sidecar.app.name, sidecar.app.description, sidecar.app.modifiedDate],
      [old.id, 'Demo Build', 'The old one', was.modifiedDate],
    );
    assert.deepEqual(report.paths, { 'backup-path': set.folder });
    assert.deepEqual(
      streamResults(report).map(one => one.backup),
      [join(set.folder, qvf), undefined],
    );
    assert.notEqual(await set.test.digest(old.id), was.digest);
  }));

test('backup: is whole before the first app is replaced', () =>
  on(
    {
      testData: {
        streams: ['Everyone', 'Review'],
        apps: [
          { name: 'Demo Build', stream: 'Everyone', size: '200 KB' },
          { name: 'Demo Build', stream: 'Review', size: '100 KB' },
        ],
      },
    },
    async set => {
      let kept: string[] = [];
      set.test.faults.add({
        path: /replace/,
        fault: {
          run: () => {
            kept = filesIn(set.folder);
          },
        },
      });
      assert.equal((await set.run(backup(set))).outcome, 'promoted');
      assert.equal(kept.length, 4);
      assert.deepEqual(
        kept.map(name => name.split('/')[1]),
        ['Everyone', 'Everyone', 'Review', 'Review'],
      );
    },
  ));

const NAMES = [
  "O'Neil & Søns #1",
  '..\\..\\x',
  'a/b',
  '%2e%2e',
  '😀'.repeat(60),
  '売上'.repeat(60),
  '${x}',
  '..',
];

for (const name of NAMES) {
  test(`backup and archive: the name ${JSON.stringify(name.slice(0, 20))} leads nowhere else`, () =>
    on(
      {
        app: { name },
        testData: { streams: [name], apps: [{ name, stream: name, size: 3000 }] },
      },
      async set => {
        const report = await set.run(
          `from: dev\nto: [{ site: test, streams: [${quoted(name)}] }]\nbackup: ${quoted(join(set.folder, 'b'))}\narchive: ${quoted(join(set.folder, 'a'))}`,
        );
        assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
        const files = filesIn(set.folder);
        assert.equal(files.length, 3);
        assert.equal(
          files.filter(file => file.startsWith('b/test/') && file.split('/').length === 4).length,
          2,
        );
        assert.equal(files.filter(file => file.startsWith('a/') && file.split('/').length === 2).length, 1);
      },
    ));
}

for (const [what, fault] of [
  ['cannot be exported', { status: 403, body: 'Forbidden' }],
  ['breaks off', { truncate: 100_000 }],
] as const) {
  test(`backup: an app that ${what} is not replaced, and no half file stays`, () =>
    on({}, async set => {
      const before = await pictureOf(set.test, appIn(set.test, 'Everyone'));
      const path = 'status' in fault ? /export/ : /tempcontent/;
      set.test.faults.add({ path, times: FOR_GOOD, fault });
      const report = await set.run(backup(set));
      assert.equal(report.outcome, 'failed');
      assert.deepEqual(filesIn(set.folder), []);
      assert.equal(set.test.counters.count('PUT', /replace|publish/), 0);
      assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
      assert.deepEqual(await pictureOf(set.test, appIn(set.test, 'Everyone')), before);
      assert.deepEqual(report.paths, {});
    }));
}

/** Each of them would wait a minute for a connection that is not freed, four times. Ms. */
const STUCK = 180_000;

test('backup: a long page in place of a file takes no connection from the apps that follow', {
  timeout: STUCK,
}, () => {
  const apps = ['One', 'Two', 'Three', 'Four'].map(name => ({ name, stream: 'Everyone', size: '10 KB' }));
  const devApps = apps.map(app => ({ ...app, stream: 'Build' }));
  return on({ devApps, testData: { streams: ['Everyone'], apps } }, async set => {
    const page = { answer: '<'.repeat(3_000_000), contentType: 'application/octet-stream' };
    set.test.faults.add({ path: /tempcontent/, times: FOR_GOOD, fault: page });
    const spec =
      "from: dev\napps: [{ filter: stream.name eq 'Build' }]\nto: [{ site: test, streams: [Everyone] }]";
    const report = await set.run(`${spec}\nbackup: ${quoted(set.folder)}`);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join(), /a web page came instead of the file/);
    assert.doesNotMatch(report.failures.join(), /is away|gave no answer/);
  });
});

test('backup: a folder that cannot be made is a failure that names it, and nothing is replaced', () =>
  on({}, async set => {
    const file = join(set.folder, 'a file');
    writeFileSync(file, '');
    const report = await set.run(
      `from: dev\nto: [{ site: test, streams: [Everyone] }]\nbackup: ${quoted(file)}`,
    );
    assert.equal(report.outcome, 'failed');
    assert.match(
      report.failures.join('\n'),
      /the folder .*a file cannot be used: .*\. Give a folder that this user can write\./,
    );
    assert.equal(set.test.counters.count('PUT', /replace/), 0);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));

test('archive: the app without data, under the same name each time', () =>
  on({}, async set => {
    const folder = join(set.folder, 'archive');
    const spec = `from: dev\nto: [{ site: test, streams: [Review] }]\narchive: ${quoted(folder)}`;
    const first = await set.run(spec);
    assert.equal(first.outcome, 'promoted', first.failures.join('\n'));
    const name = `Demo Build-${set.app}.qvf`;
    assert.deepEqual(filesIn(folder), [name]);
    assert.deepEqual(first.paths, { 'archive-path': folder });
    const was = sha256(join(folder, name));
    assert.equal(readFileSync(join(folder, name)).length, 65_536);
    assert.ok(first.lines.includes(`"Demo Build": archived without data as ${join(folder, name)}`));
    const skips = set.dev.counters.requests.filter(({ path }) => /export/.test(path));
    assert.deepEqual(
      skips.map(({ query }) => new URLSearchParams(query).get('skipdata')),
      ['true', 'false'],
    );
    assert.equal(await set.test.digest(appIn(set.test, 'Review').id), await set.dev.digest(set.app));

    assert.equal((await set.run(spec)).outcome, 'nothing-to-do');
    assert.deepEqual(filesIn(folder), [name]);
    assert.equal(sha256(join(folder, name)), was, 'the same app is the same file');
    const app = appNamed(set.dev, 'Demo Build');
    Object.assign(app, { modifiedDate: set.dev.site.now(), lastReloadTime: set.dev.site.now() });
    app.content = {
      kind: 'made',
      recipe: {
        madeBy: 'qrs-simulator',
        seed: 'x',
        size: 5000,
        withData: true,
        name: '',
        lastReloadTime: '',
        description: '',
        parts: [],
      },
    };
    await set.run(spec);
    assert.deepEqual(filesIn(folder), [name]);
    assert.notEqual(sha256(join(folder, name)), was);
  }));

test('archive: one that breaks off leaves the one before, and the app is not promoted', () =>
  on({}, async set => {
    const spec = `from: dev\nto: [{ site: test, streams: [Review] }]\narchive: ${quoted(set.folder)}`;
    await set.run(`from: dev\nto: []\ndone: { tag: Promoted }\narchive: ${quoted(set.folder)}`);
    const [name = ''] = filesIn(set.folder);
    const was = sha256(join(set.folder, name));
    set.dev.faults.add({ path: /tempcontent/, times: FOR_GOOD, fault: { truncate: 1000 } });
    const report = await set.run(spec);
    assert.equal(report.outcome, 'failed');
    assert.deepEqual(filesIn(set.folder), [name]);
    assert.equal(sha256(join(set.folder, name)), was);
    assert.deepEqual(changes(set.test), []);
  }));

test('low disk: told before the transfer, with both sizes', () =>
  on({}, async set => {
    appNamed(set.dev, 'Demo Build').fileSize = 9e15;
    const report = await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]');
    assert.equal(report.outcome, 'failed');
    assert.match(
      report.failures.join('\n'),
      /App "Demo Build" has 9000 TB, but only .* are free in .*, where it is kept on its way\./,
    );
    assert.equal(set.dev.counters.count('POST', /export/), 0);
    assert.deepEqual(changes(set.test), []);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
  }));
