import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { changes, type StageOptions, shelf, siteOf } from '../sites-for-tests.ts';
import { kept, quoted } from './backups.ts';
import { appIn, attributesOf, FOR_GOOD, filesIn, on, onThree, pictures } from './scene.ts';

const restore = (file: string, more = '') =>
  `from: dev\napps: [{ file: ${quoted(file)} }]\nto: [{ site: test, streams: [Everyone] }]\n${more}`;

test('restore: the app is as it was before, under its id, and says where it came from', () =>
  on({}, async set => {
    const old = appIn(set.test, 'Everyone');
    const { id, modifiedDate } = old;
    const was = await set.test.digest(id);
    const file = await kept(set);
    assert.notEqual(await set.test.digest(id), was);
    set.dev.counters.reset();
    const report = await set.run(restore(file));
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.equal(await set.test.digest(id), was);
    assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
    const from = `\\[qrs-action\\] from "test" app ${id} of ${modifiedDate}, shows [0-9a-f]{16}, run run-2`;
    assert.match(appIn(set.test, 'Everyone').description, new RegExp(`^The old one\\n${from}$`));
    assert.equal(set.dev.counters.count('POST', /./), 0, 'nothing is asked of the source site');
  }));

test('restore: again is nothing to do, until something else was promoted', () =>
  on({}, async set => {
    const was = await set.test.digest(appIn(set.test, 'Everyone').id);
    const file = await kept(set);
    assert.equal((await set.run(restore(file))).outcome, 'promoted');
    set.test.counters.reset();
    assert.equal((await set.run(restore(file))).outcome, 'nothing-to-do');
    assert.deepEqual(changes(set.test), []);
    assert.equal((await set.run('from: dev\nto: [{ site: test, streams: [Everyone] }]')).outcome, 'promoted');
    assert.equal((await set.run(restore(file))).outcome, 'promoted');
    assert.equal(await set.test.digest(appIn(set.test, 'Everyone').id), was);
  }));

test('restore: to other sites and streams, under another name', () =>
  onThree({ prod: { streams: ['Everyone'] } }, async set => {
    const was = await set.test.digest(appIn(set.test, 'Everyone').id);
    const file = await kept(set);
    const report = await set.run(
      `from: dev\napps: [{ file: ${quoted(file)} }]\nto: [{ site: prod, streams: [Everyone], name: Old Build }]`,
    );
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(shelf(set.prod), ['Old Build@Everyone']);
    assert.equal(await set.prod.digest(appIn(set.prod, 'Everyone').id), was);
  }));

test('restore: `when`, `done` and `archive` are of the source app, and a file has none', () =>
  on({}, async set => {
    const file = await kept(set);
    const report = await set.run(
      restore(
        file,
        `when: { published: false }\ndone: { tag: Promoted }\narchive: ${quoted(join(set.folder, 'archive'))}`,
      ),
    );
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.deepEqual(
      changes(set.dev).filter(line => line.startsWith('PUT')),
      [],
    );
    assert.deepEqual(report.paths, {});
  }));

const BROKEN: [string, (file: string) => void, RegExp][] = [
  ['is not there', () => {}, /x\.qvf cannot be taken: it cannot be read \(ENOENT\)\.$/],
  ['has no JSON beside it', file => writeFileSync(file, 'x'), /cannot be taken: it needs .*\.json beside it/],
  [
    'has a secret beside it',
    file => {
      writeFileSync(file, 'x');
      writeFileSync(file.replace('.qvf', '.json'), 'marked-secret');
    },
    /^InputError: The app in [^ ]*x\.qvf cannot be taken: [^ ]*x\.json lacks what a backup writes about an app\.$/,
  ],
  [
    'has JSON of something else beside it',
    file => {
      writeFileSync(file, 'x');
      writeFileSync(file.replace('.qvf', '.json'), '{}');
    },
    /cannot be taken/,
  ],
  ['is a folder', file => mkdirSync(file), /x\.qvf cannot be taken: it is not a file\.$/],
  [
    'has a folder in place of its JSON',
    file => {
      writeFileSync(file, 'x');
      mkdirSync(file.replace('.qvf', '.json'));
    },
    /it needs .*\.json beside it, which says what it is \(no file\)\.$/,
  ],
];

for (const [what, prepare, says] of BROKEN) {
  test(`restore: a file that ${what} is refused before anything is changed`, () =>
    on({}, async set => {
      const file = join(set.folder, 'x.qvf');
      prepare(file);
      await assert.rejects(set.run(restore(file)), says);
      assert.deepEqual([...changes(set.dev), ...changes(set.test)], []);
    }));
}

test('restore: a file that was cut is refused', () =>
  on({}, async set => {
    const file = await kept(set);
    writeFileSync(file, readFileSync(file).subarray(0, 1000));
    await assert.rejects(set.run(restore(file)), /: it has 1000 bytes, not the 200000 that it was kept with/);
  }));

const ATTRIBUTES: StageOptions = {
  testData: {
    streams: ['Everyone'],
    tags: ['kept'],
    users: ['COMPANY\\anna'],
    apps: [{ name: 'Demo Build', stream: 'Everyone', owner: 'COMPANY\\anna', tags: ['kept'], size: 3000 }],
  },
};

test('restore: owner, tags and properties stay as the target has them', () =>
  on(ATTRIBUTES, async set => {
    const file = await kept(set);
    await set.run(restore(file));
    assert.deepEqual(attributesOf(appIn(set.test, 'Everyone')), {
      owner: 'COMPANY\\anna',
      tags: ['kept'],
      properties: [],
    });
  }));

test('restore: of an app of the only site, to that site', () =>
  on({}, async set => {
    const was = await set.test.digest(appIn(set.test, 'Everyone').id);
    assert.equal(
      (
        await set.run(
          `from: dev\nto: [{ site: test, streams: [Everyone] }]\nbackup: ${JSON.stringify(set.folder)}`,
        )
      ).outcome,
      'promoted',
    );
    const file = join(set.folder, filesIn(set.folder).find(name => name.endsWith('.qvf')) ?? '');
    const report = await set.run(
      `apps: [{ file: ${JSON.stringify(file)} }]\nto: [{ site: test, streams: [Everyone] }]`,
      { sites: [siteOf('test', set.test)] },
    );
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    assert.equal(await set.test.digest(appIn(set.test, 'Everyone').id), was);
  }));

test('restore: a file whose bytes are not those that were kept is refused', () =>
  on({}, async set => {
    assert.equal(
      (
        await set.run(
          `from: dev\nto: [{ site: test, streams: [Everyone] }]\nbackup: ${JSON.stringify(set.folder)}`,
        )
      ).outcome,
      'promoted',
    );
    const file = join(set.folder, filesIn(set.folder).find(name => name.endsWith('.qvf')) ?? '');
    const bytes = readFileSync(file);
    bytes.fill(0, 1000, 2000);
    writeFileSync(file, bytes);
    const before = await pictures(set.test);
    const spec = `from: dev\napps: [{ file: ${JSON.stringify(file)} }]\nto: [{ site: test, streams: [Everyone] }]`;
    const report = await set.run(spec).catch(() => undefined);
    assert.notEqual(report?.outcome, 'promoted');
    assert.deepEqual(await pictures(set.test), before);
  }));

test('rollback: an edit on the target meanwhile is not undone', () =>
  on({}, async set => {
    const target = appIn(set.test, 'Everyone');
    set.test.faults.add({
      path: /upload/,
      fault: {
        run: site => {
          target.description = 'Edited on test';
          target.modifiedDate = site.now();
        },
      },
    });
    set.test.faults.add({ path: /publish/, times: FOR_GOOD, fault: { status: 403 } });
    const report = await set.run(
      `from: dev\nto: [{ site: test, streams: [Everyone, Review] }]\nbackup: ${JSON.stringify(set.folder)}`,
    );
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /in stream "Everyone" was rolled back/);
    assert.equal(target.description, 'Edited on test');
  }));

test('restore: a file that is no backup is not read, whatever it is', () =>
  on({}, async set => {
    await assert.rejects(
      set.run(restore('/etc/passwd')),
      /^InputError: The app in \/etc\/passwd cannot be taken: it is not a \.qvf file, which a backup writes\.$/,
    );
    await assert.rejects(set.run(restore('../x.qvf')), /The path \.\.\/x\.qvf leads out of /);
  }));
