import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.ts';
import { readSpec } from '../../src/promote/spec.ts';

/** What is wrong with a spec: every sentence, and all of them at once. */

function problemsOf(text: string): readonly string[] {
  try {
    readSpec({ from: 'promote', text });
    return [];
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.sentences;
  }
}

const TO = 'to: [{ site: test, streams: [A] }]';
const PROPERTIES = 'to: { properties: { server: S, stream: T } }';

const APP = '9c5edb29-0000-4000-8000-000000000001';

const OWN_DATA = 'data: target\nexperimental: true\nbackup: none';

const CONTRADICTIONS: [string, string][] = [
  [
    'to: [{ site: test, streams: [A] }, { site: Test, streams: [B] }]',
    'promote:1:38: "to" names site "test" twice; list all its streams in one entry.',
  ],
  [
    `${TO}\nrollback: true`,
    'promote:2:1: "rollback: true" needs "backup": a folder for what is about to be replaced.',
  ],
  [
    'to: [{ site: a, streams: [A], backup: ./b }, { site: b, streams: [A], rollback: true }]',
    'promote:1:71: "rollback: true" needs "backup": a folder for what is about to be replaced.',
  ],
  [
    `apps: [{ name: A }, { name: B }]\n${TO}\nname: C`,
    'promote:3:1: "name" would give several apps one name; promote one app, or leave it out.',
  ],
  [
    "apps: [{ filter: name eq 'A' }]\nto: [{ site: test, streams: [A], name: C }]",
    'promote:2:34: "name" would give several apps one name; promote one app, or leave it out.',
  ],
  [
    `${TO}\ndata: refresh\nreload: before`,
    'promote:2:1: "data: refresh" and "reload" contradict each other: a reload on the target makes other data. Leave one of them out.',
  ],
  [
    `to: [{ site: test, app: ${APP}, streams: [A] }]`,
    'promote:1:63: "streams" and "app" contradict each other. The app is replaced in the stream that it is in. Leave out "streams", or leave out "app".',
  ],
  [
    `to: [{ site: test, app: ${APP}, name: B }]`,
    'promote:1:63: "name" and "app" contradict each other. The app keeps the name that it has. Leave out "name", or give it to another target.',
  ],
  [
    `name: B\nto: [{ site: test, app: ${APP} }]`,
    'promote:1:1: "name" and "app" contradict each other. The app keeps the name that it has. Leave out "name", or give it to another target.',
  ],
  [
    `to: [{ site: test, app: ${APP}, missing-stream: create }]`,
    'promote:1:63: "missing-stream" and "app" contradict each other. The app is replaced in the stream that it is in. Leave out "missing-stream".',
  ],
  [
    `to: [{ site: test, app: ${APP}, mode: duplicate }]`,
    'promote:1:63: "mode: duplicate" and "app" contradict each other. A duplicate replaces no app. Leave out one of them.',
  ],
  [
    `apps: [{ name: A }, { name: B }]\nto: [{ site: test, app: ${APP} }]`,
    'promote:2:20: "app" would be replaced by several apps in turn; promote one app, or give "streams" in its place.',
  ],
  [
    `to: [{ site: test, app: ${APP} }, { site: Test, app: ${APP.toUpperCase()} }]`,
    `promote:1:67: "to" names app ${APP} on site "test" twice; keep one entry.`,
  ],
  [
    `${TO}\ndata: target`,
    'promote:2:1: "data: target" rests on a call that Qlik marks as experimental: whether users see it in one step is not proven. Say "experimental: true" if you accept that.\n' +
      'promote:2:1: "data: target" needs "backup": a folder for what is about to be replaced. Say "backup: none" to do without.',
  ],
  [
    `${OWN_DATA}\nto: [{ site: test, streams: [A], mode: duplicate }]`,
    'promote:4:34: "data: target" and "mode: duplicate" contradict each other. A new app has no data of its own. Leave out one of them.',
  ],
  [
    `${OWN_DATA}\n${TO}\nreload: before`,
    'promote:5:1: "data: target" and "reload: before" contradict each other. The working copy has no data and never goes live. Say "reload: after", or leave it out.',
  ],
  [
    `${OWN_DATA}\n${TO}\nconnections: drop`,
    'promote:5:1: "data: target" and "connections: drop" contradict each other. The call of QRS that keeps the data takes the connections of the file. Leave out one of them.',
  ],
  ['to: []', 'promote:1:1: "to" is empty and "done" asks for nothing: there is nothing to do. List a site.'],
  [
    `apps: [{ file: ./a.qvf }]\n${PROPERTIES}`,
    'promote:2:1: an app from a file carries no properties: list the sites in "to".',
  ],
];

for (const [text, problem] of CONTRADICTIONS) {
  test(`contradiction: ${text.replaceAll('\n', ', ')}`, () =>
    assert.deepEqual(problemsOf(text), problem.split('\n')));
}

const FINE = [
  `${OWN_DATA}\n${TO}`,
  `${OWN_DATA}\n${TO}\nreload: after`,
  `${OWN_DATA}\n${PROPERTIES}`,
  `to: [{ site: a, app: ${APP} }]`,
  `to: [{ site: a, app: ${APP} }, { site: b, app: ${APP} }, { site: a, streams: [A] }]`,
  `missing-stream: create\nto: [{ site: a, app: ${APP} }, { site: a, streams: [A], mode: duplicate }]`,
  TO,
  PROPERTIES,
  `${TO}\nname: C`,
  `apps: [{ name: A }]\n${TO}\nname: C`,
  `${TO}\ndata: refresh`,
  `${TO}\nbackup: ./b`,
  `${TO}\nbackup: ./b\nrollback: false`,
  `apps: [{ file: ./a.qvf }]\n${TO}`,
  'to: []\ndone: { tag: Denied }',
  'to: []\ndone: { remove-properties: true }',
  'to: []\ndone: { unpublish: true }',
  'to: [{ site: a, streams: [A], backup: ./b, rollback: true }, { site: b, streams: [A] }]',
];

for (const text of FINE) {
  test(`no contradiction: ${text.replaceAll('\n', ', ')}`, () => assert.deepEqual(problemsOf(text), []));
}

test('contradictions: all of them at once', () => {
  const text =
    'apps: [{ file: ./a.qvf }, { name: A }]\nto: { properties: { server: S, stream: T } }\nname: C\nrollback: true';
  assert.equal(problemsOf(text).length, 3);
});

const WRONG: [string, string][] = [
  [
    `${TO}\nrelaod: before`,
    'promote:2:1: unknown key "relaod". Did you mean "reload"? Allowed: from, apps, when, on-refusal, to, name, data, connections, missing-stream, reload, reload-task, owner, tags, custom-properties, requires, describe, backup, rollback, allow-empty, archive, done, experimental, max-size, leftover-age, wait-for-others, concurrency.',
  ],
  [
    'to: [{ site: test, streams: [A], archive: ./a }]',
    'promote:1:34: unknown key "archive". Allowed: site, streams, app, mode, name, data, connections, missing-stream, reload, reload-task, owner, tags, custom-properties, requires, describe, backup, rollback, allow-empty.',
  ],
  [`${TO}\ndata: delete`, 'promote:2:1: "data" must be keep, drop, refresh or target; found "delete".'],
  [`${TO}\nconnections: no`, 'promote:2:1: "connections" must be keep or drop; found "no".'],
  [
    `${TO}\nmissing-stream: ignore`,
    'promote:2:1: "missing-stream" must be skip, fail or create; found "ignore".',
  ],
  [
    `${TO}\nleftover-age: 9m`,
    'promote:2:1: "leftover-age" must be at least 10m, as a run at work touches its copies every 5 minutes; found "9m".',
  ],
  [`${TO}\nreload: always`, 'promote:2:1: "reload" must be none, before or after; found "always".'],
  [`${TO}\nowner: anna`, 'promote:2:1: "owner" must be DIRECTORY\\user; found "anna".'],
  [`${TO}\ntags: [""]`, 'promote:2:8: tags entry 1 must not be empty; found "".'],
  [
    `${TO}\ncustom-properties: [A]`,
    'promote:2:1: "custom-properties" must be a mapping of properties to values; found a list.',
  ],
  [
    `${TO}\ncustom-properties: { A: { b: c } }`,
    'promote:2:22: "custom-properties.A" must be a value or a list of values; found a mapping.',
  ],
  [
    `${TO}\nname: ${'x'.repeat(256)}`,
    'promote:2:1: "name" must have at most 255 characters; found a text of 256 letters.',
  ],
  [
    `${TO}\nbackup: true`,
    'promote:2:1: "backup" must be a folder, none, or { folder, content }; found true.',
  ],
  [`${TO}\nconcurrency: 0`, 'promote:2:1: "concurrency" must be at least 1; found 0.'],
  [`${TO}\nconcurrency: 51`, 'promote:2:1: "concurrency" must be at most 50; found 51.'],
  [
    `${TO}\nwhen: { tags: [release] }`,
    'promote:2:9: "when.tags" must be a mapping, as in "has: …"; found a list.',
  ],
  [
    `${TO}\nwhen: { properties: { A: [] } }`,
    'promote:2:23: "when.properties.A" must name at least one value; found a list.',
  ],
  [
    `${TO}\ndone: { untag: x }`,
    'promote:2:9: unknown key "untag". Did you mean "tag"? Allowed: tag, remove-properties, unpublish.',
  ],
  [
    'to: [{ site: test }]',
    'promote:1:6: to: site "test": streams is missing, or app: the id of the one app to replace.',
  ],
  [
    'to: [{ site: test, streams: [] }]',
    'promote:1:20: to: site "test": streams must name at least one stream; found a list.',
  ],
  [
    'to: [{ site: test, streams: [A], mode: copy }]',
    'promote:1:34: to: site "test": mode must be overwrite or duplicate; found "copy".',
  ],
  [
    'from: dev',
    'promote:1:1: "to" is missing: it must be a list of targets (site, streams, mode), or properties: { server, stream }.',
  ],
  [
    `apps: [{ id: 1, name: A }]\n${TO}`,
    'promote:1:10: apps: name "A": id must be an app id such as 31ee79a6-0949-4175-ba0e-1866a60e3336; found 1.',
  ],
  [
    `apps: [{ name: A, filter: x }]\n${TO}`,
    'promote:1:8: apps: name "A" must have exactly one of id, name, filter, file or event: true.',
  ],
  [
    `apps: [{}]\n${TO}`,
    'promote:1:8: apps entry 1 must have exactly one of id, name, filter, file or event: true.',
  ],
  [`apps: []\n${TO}`, 'promote:1:1: "apps" must select at least one app; found a list.'],
  [
    `apps: all\n${TO}`,
    'promote:1:1: "apps" must be "event" or a list of - id: …, - name: …, - filter: … or - file: …; found "all".',
  ],
];

for (const [text, problem] of WRONG) {
  test(`wrong: ${text.slice(0, 70).replaceAll('\n', ', ')}`, () => {
    assert.deepEqual(problemsOf(text), [problem]);
  });
}

test('wrong: every problem at once, in the order of the lines', () => {
  const problems = problemsOf(`from: 1\napps: []\n${TO}\nreload: always\nconcurrency: x\ndone: { tga: P }`);
  assert.deepEqual(
    problems.map(problem => /^promote:(\d+):/.exec(problem)?.[1]),
    ['1', '2', '4', '5', '6'],
  );
});
