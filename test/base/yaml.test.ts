import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { InputError } from '../../src/base/errors.ts';
import { nearest } from '../../src/base/nearest.ts';
import { readYaml } from '../../src/base/yaml.ts';
import { readSpec } from '../../src/promote/spec.ts';

function problems(text: string): readonly string[] {
  try {
    readSpec({ from: 'spec.yml', text });
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.sentences;
  }
  return [];
}

const TO = 'to: [{ site: test, streams: [X] }]\n';

const TABLE: [string, string, RegExp[]][] = [
  ['nothing', '', [/^spec\.yml:1:1: This must be a mapping, as in "from: …"; it is empty\.$/]],
  ['a list', '- a', [/^spec\.yml:1:1: This must be a mapping, as in "from: …"; found a list\.$/]],
  [
    'no target',
    'from: dev\n',
    [/^spec\.yml:1:1: "to" is missing: it must be a list of targets .*properties: \{ server, stream \}\.$/],
  ],
  [
    'a target without streams',
    'to:\n  - site: test\n',
    [/^spec\.yml:2:5: to: site "test": streams is missing, or app: the id of the one app to replace\.$/],
  ],
  [
    'an empty list of streams',
    'to:\n  - site: test\n    streams: []\n',
    [/^spec\.yml:3:5: to: site "test": streams must name at least one stream/],
  ],
  [
    'an unknown mode',
    'to:\n  - { site: t, streams: [x], mode: replace }\n',
    [/^spec\.yml:2:30: to: site "t": mode must be overwrite or duplicate; found "replace"\.$/],
  ],
  ['a number for a name', `from: 5\n${TO}`, [/^spec\.yml:1:1: "from" must be text, in quotes; found 5\.$/]],
  ['an id that is none', `apps: [{ id: 12 }]\n${TO}`, [/^spec\.yml:1:10: apps entry 1: id must be/]],
  [
    'an id that is no GUID',
    `apps:\n  - id: abc\n${TO}`,
    [/^spec\.yml:2:5: apps: id "abc": id must be an app id such as .*; found "abc"\.$/],
  ],
  [
    'an app by both',
    `apps: [{ id: 31ee79a6-0949-4175-ba0e-1866a60e3336, name: X }]\n${TO}`,
    [/^spec\.yml:1:8: apps: name "X" must have exactly one of id, name, filter, file or event: true\.$/],
  ],
  [
    'a key twice',
    `from: a\nfrom: b\n${TO}`,
    [/^spec\.yml:2:1: this key is in its mapping twice\. Keep one of the two\.$/],
  ],
  [
    'several problems, in the order of their lines',
    'fron: dev\nto:\n  propertys: { server: A }\ndescribe: 3\ndone: { tags: X }\n',
    [
      /^spec\.yml:1:1: unknown key "fron"\. Did you mean "from"\? Allowed: from, apps, when, /,
      /^spec\.yml:2:1: "to\.properties" is missing\.$/,
      /^spec\.yml:3:3: unknown key "propertys"\. Did you mean "properties"\?/,
      /^spec\.yml:4:1: "describe" must be true or false; found 3\.$/,
      /^spec\.yml:5:9: unknown key "tags"\. Did you mean "tag"\?/,
    ],
  ],
  [
    'one site twice',
    'to: [{ site: test, streams: [X] }, { site: TEST, streams: [Y] }]',
    [/^spec\.yml:1:38: "to" names site "test" twice/],
  ],
];

for (const [name, text, expected] of TABLE) {
  test(`spec: ${name}`, () => {
    const found = problems(text);
    assert.equal(found.length, expected.length, found.join('\n'));
    for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? '', pattern);
  });
}

test('spec: defaults', () => {
  const options = {
    name: undefined,
    data: 'keep',
    connections: 'keep',
    missingStream: 'skip',
    reload: 'none',
    reloadTask: undefined,
    owner: undefined,
    tags: [],
    customProperties: {},
    requires: { connections: [], extensions: [], tasks: [] },
    describe: true,
    backup: undefined,
    backupContent: 'base',
    rollback: false,
    allowEmpty: false,
  };
  assert.deepEqual(readSpec({ from: 'spec', text: 'to: [{ site: test, streams: [X, X] }]' }), {
    from: undefined,
    apps: [{ by: 'event' }],
    when: { properties: {}, tags: { has: [], lacks: [] } },
    to: {
      by: 'list',
      targets: [{ site: 'test', app: undefined, streams: ['X'], mode: 'overwrite', options }],
    },
    onRefusal: 'stop',
    archive: undefined,
    done: { tag: undefined, removeProperties: false, unpublish: false, loseOthers: false },
    maxSize: undefined,
    leftoverAge: 3_600_000,
    waitForOthers: 1_800_000,
    concurrency: 4,
  });
});

test('spec: a target says otherwise than the spec, a backup means a rollback', () => {
  const text =
    'data: drop\nbackup: ./b\nto:\n  - { site: a, streams: [X] }\n  - { site: b, streams: [X], data: keep, rollback: false }';
  const { to } = readSpec({ from: 'spec', text });
  const said =
    to.by === 'list' ? to.targets.map(({ options }) => [options.data, options.backup, options.rollback]) : [];
  assert.deepEqual(said, [
    ['drop', './b', true],
    ['keep', './b', false],
  ]);
});

const NEAREST: [string, string[], string | undefined][] = [
  ['form', ['from', 'to', 'apps'], 'from'],
  ['devel', ['dev', 'test'], 'dev'],
  ['PromoteToSever', ['PromoteToServer', 'PromoteToStream'], 'PromoteToServer'],
  ['quite', ['site', 'quiet'], 'quiet'],
  ['moon', ['dev', 'test'], undefined],
  ['x', ['to'], undefined],
  ['anything', [], undefined],
];
for (const [word, allowed, expected] of NEAREST) {
  test(`nearest word to ${word}`, () => assert.equal(nearest(word, allowed), expected));
}

test('yaml: a variable may stand unquoted wherever a text may', () => {
  const text =
    'a: { user: C\\${U}, password: ${PW} }\nb: [${X_1}, "${Y}", x${Z}y] # ${C}\nc: ${D}/e\n${K}: |\n  ${L}\n';
  const read = readYaml(z.unknown(), { from: 'x', text }, { showValues: false });
  assert.deepEqual(read, {
    a: { user: 'C\\${U}', password: '${PW}' },
    b: ['${X_1}', '${Y}', 'x${Z}y'],
    c: '${D}/e',
    '${K}': '${L}\n',
  });
});

test('yaml: places behind a variable stay what they are', () => {
  const shape = z.object({ a: z.object({ b: z.string(), c: z.number() }) });
  assert.throws(
    () => readYaml(shape, { from: 'x', text: 'a: { b: ${NAME}, c: word }' }, { showValues: false }),
    (error: InputError) => error.sentences[0] === 'x:1:18: "a.c" must be a number.',
  );
});

test('yaml: a line of many blanks is shown as soon as any other', { timeout: 5000 }, () => {
  const [first = ''] = problems(`from: dev${' '.repeat(300_000)}x: y`);
  assert.match(first, /^spec\.yml:1:\d+: /);
  assert.ok(first.length < 1000);
});
