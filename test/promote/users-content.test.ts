import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addObject } from '../../simulator/site/app-objects.ts';
import { changes, shelf } from '../sites-for-tests.ts';
import {
  appIn,
  appNamed,
  FOR_GOOD,
  filesIn,
  on,
  pictureOf,
  planned,
  reloadsEnd,
  type Scene,
} from './scene.ts';

/** `backup: { folder, content: all }`, what is told of users' own sheets, and folders that cannot be used. */

const SPEC = 'from: dev\napps: event\nto: [{ site: test, streams: [Everyone] }]';
const backup = ({ folder }: Scene, content = 'all') =>
  `backup: { folder: ${JSON.stringify(join(folder, 'backup'))}, content: ${content} }`;
const users = { users: ['COMPANY\\anna', 'COMPANY\\bert'] };
const TEST = {
  ...users,
  streams: ['Everyone', 'Review'],
  apps: [
    {
      name: 'Demo Build',
      stream: 'Everyone',
      size: '200 KB',
      objects: [
        { name: 'Overview', kind: 'base' as const },
        { name: 'Shared', kind: 'community' as const, owner: 'COMPANY\\anna' },
        { name: 'My own', kind: 'private' as const, owner: 'COMPANY\\bert' },
      ],
    },
  ],
};

const partsIn = (file: string): string[] => {
  const [line = ''] = readFileSync(file, 'utf8').split('\n');
  const { parts }: { parts: { name: string }[] } = JSON.parse(line);
  return parts.map(({ name }) => name).sort();
};

function files(set: Scene): { base: string; all: string; note: Record<string, unknown> } {
  const [all = '', note = '', base = '', ...rest] = filesIn(set.folder)
    .map(file => join(set.folder, file))
    .sort(
      (one, other) =>
        Number(other.includes('-all.')) - Number(one.includes('-all.')) || (one < other ? -1 : 1),
    );
  assert.equal(rest.length, 1);
  const [json, qvf] = [all, note].sort();
  return {
    base: [base, ...rest].find(file => file.endsWith('qvf')) ?? '',
    all: qvf ?? '',
    note: JSON.parse(readFileSync(json ?? '', 'utf8')),
  };
}

test('content: all keeps what users made in a second file, without data, with a note of whose it is', () =>
  on({ testData: TEST }, async set => {
    const report = await set.run(`${SPEC}\n${backup(set)}`);
    assert.equal(report.outcome, 'promoted', report.failures.join('\n'));
    const { base, all, note } = files(set);
    assert.deepEqual(partsIn(base), ['Load model', 'Overview', 'Script']);
    assert.deepEqual(partsIn(all), ['Load model', 'My own', 'Overview', 'Script', 'Shared']);
    assert.equal(readFileSync(base).length, 200_000);
    assert.equal(readFileSync(all).length, 65_536);
    assert.match(JSON.stringify(note), /"content":"all"/);
    assert.match(
      JSON.stringify(note),
      /"name":"My own","published":false,"approved":false,"owner":"COMPANY\\\\bert"/,
    );
    const queries = set.test.counters.requests.filter(({ path }) => path.includes('/export/'));
    assert.equal(queries.length, 2);
    const names = [...set.test.site.objects.of(appIn(set.test, 'Everyone'))].map(({ name }) => name);
    assert.ok(names.includes('My own') && names.includes('Shared'), 'a replace leaves them');
  }));

test('content: base asks the site for no scope, and keeps one file', () =>
  on({ testData: TEST }, async set => {
    assert.equal((await set.run(`${SPEC}\n${backup(set, 'base')}`)).outcome, 'promoted');
    assert.equal(filesIn(set.folder).length, 2);
  }));

test('content: all, a rollback puts back the app, and no private sheet becomes everybody’s', () =>
  on({ testData: TEST }, async set => {
    const app = appIn(set.test, 'Everyone');
    const before = await pictureOf(set.test, app);
    const shown = () =>
      [...set.test.site.objects.of(app)]
        .map(({ name, approved, published }) => `${name} ${approved} ${published}`)
        .sort();
    const was = shown();
    reloadsEnd(set.test, 'FinishedFail');
    const report = await set.run(`${SPEC}\nreload: after\n${backup(set)}`);
    assert.match(report.failures.join('\n'), /was rolled back/);
    assert.deepEqual(await pictureOf(set.test, app), before);
    assert.deepEqual(shown(), was);
  }));

test('content: all, where that second file cannot be made, nothing changes', () =>
  on({ testData: TEST }, async set => {
    set.test.faults.add({
      method: 'POST',
      path: /export/,
      query: /exportscope=all/,
      times: FOR_GOOD,
      fault: { status: 403 },
    });
    const app = appIn(set.test, 'Everyone');
    const before = await pictureOf(set.test, app);
    const report = await set.run(`${SPEC}\n${backup(set)}`);
    assert.equal(report.outcome, 'failed');
    assert.match(report.failures.join('\n'), /refused to export app ".*" with the content of users: 403 /);
    assert.deepEqual(await pictureOf(set.test, app), before);
  }));

test('content: all, the second file is not restored, as its sheets would be everybody’s', () =>
  on({ testData: TEST }, async set => {
    await set.run(`${SPEC}\n${backup(set)}`);
    const { all } = files(set);
    await assert.rejects(
      set.run(
        `from: dev\napps: [{ file: ${JSON.stringify(all)} }]\nto: [{ site: test, streams: [Everyone] }]`,
      ),
      /sheets of single users, which everybody would see/,
    );
  }));

test('the plan says that what users made is kept, too', () =>
  on({ testData: TEST }, async set => {
    const { lines } = await planned(set, `${SPEC}\n${backup(set)}`);
    assert.match(lines.join('\n'), /backed up to .*, also with what users made/);
  }));

const PUBLISHED = 'from: dev\napps: event\nto: []';

test('unpublish: the plan names number and owners of what users lose', () =>
  on({ devData: users }, async set => {
    const app = appNamed(set.dev, 'Demo Build');
    const [anna, bert] = ['anna', 'bert'].map(id =>
      [...set.dev.site.users.values()].find(({ userId }) => userId === id),
    );
    if (!anna || !bert) assert.fail();
    addObject(set.dev.site, app, 'One', anna);
    addObject(set.dev.site, app, 'Two', bert);
    const refused = await set.run(`${PUBLISHED}\ndone: { unpublish: true }`);
    assert.match(
      refused.failures.join('\n'),
      /users have 2 objects of their own in it \(COMPANY\\anna, COMPANY\\bert\)/,
    );
    const { lines } = await planned(set, `${PUBLISHED}\ndone: { unpublish: { others: lose } }`);
    assert.match(
      lines.join('\n'),
      /to be unpublished and given back to its owner: 2 objects of users are lost \(COMPANY\\anna, COMPANY\\bert\)/,
    );
  }));

for (const [what, key] of [
  ['a backup', 'backup'],
  ['an archive', 'archive'],
] as const) {
  test(`the folder of ${what} that cannot be used is refused before anything travels`, () =>
    on({}, async set => {
      const file = join(set.folder, 'file');
      writeFileSync(file, '');
      const report = await set.run(`${SPEC}\n${key}: ${JSON.stringify(join(file, 'below'))}`);
      assert.equal(report.outcome, 'failed');
      assert.match(
        report.failures.join('\n'),
        /the folder .* cannot be used: .*file is no folder. Give a folder/,
      );
      assert.deepEqual([...changes(set.dev), ...changes(set.test)], []);
      assert.deepEqual(shelf(set.test), ['Demo Build@Everyone']);
    }));
}

test('a file in place of the site’s own folder in the backup is found as well', () =>
  on({}, async set => {
    const folder = join(set.folder, 'backup');
    mkdirSync(folder);
    writeFileSync(join(folder, 'test'), '');
    const report = await planned(set, `${SPEC}\nbackup: ${JSON.stringify(folder)}`);
    assert.match(report.failures.join('\n'), /the folder .*backup cannot be used: .*test is no folder/);
  }));
