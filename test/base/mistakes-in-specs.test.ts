import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsInSpec, type Row } from './mistakes.ts';

const TO = 'to: [{ site: test, streams: [X] }]\n';

const SPECS: Row[] = [
  [
    'a list without its dash',
    'to:\n  site: test\n  streams: [X]\n',
    1,
    1,
    /^"to" must be a list of targets .*found a mapping\. Begin each entry with a dash, as in "- site: …"\.$/,
  ],
  ['a dash without a blank', `apps:\n  -name: Sales\n${TO}`, 2, 3, /dash of a list needs a space after it/],
  [
    'a value with a colon',
    `apps:\n  - name: Sales: EMEA\n${TO}`,
    2,
    11,
    /must be in single quotes.*'Sales: EMEA'/,
  ],
  ['a backslash in double quotes', `owner: "COMPANY\\anna"\n${TO}`, 1, 1, /Write the text without quotes/],
  [
    'a backslash that makes a line break',
    `owner: "COMPANY\\nick"\n${TO}`,
    1,
    1,
    /begins an escape, such as a line break/,
  ],
  ['a tab', `apps:\n\t- name: Sales\n${TO}`, 2, 1, /a tab indents this line/],
  [
    'an expression of a workflow',
    `from: \${{ inputs.from }}\n${TO}`,
    1,
    7,
    /filled in by GitHub in workflow files only/,
  ],
  ['no target at all', 'from: dev\n', 1, 1, /^"to" is missing: it must be a list of targets/],
  ['an empty target', 'to:\n', 1, 1, /^"to" must be a list of targets.*it is empty/],
  [
    'a key of an entry',
    'to:\n  - site: test\n    streams: [X]\n    mode: replace\n',
    4,
    5,
    /^to: site "test": mode must be overwrite or duplicate; found "replace"\.$/,
  ],
  ['an entry without a name', `apps: [{ name: A }, { id: 12 }]\n${TO}`, 1, 23, /^apps entry 2: id must be/],
  ['a list where one value is due', `from: [dev]\n${TO}`, 1, 1, /^"from" must be text; found a list\.$/],
  [
    'a value where a list is due',
    'to:\n  - site: test\n    streams: Sales\n',
    3,
    5,
    /^to: site "test": streams must be a list, with a dash before each entry; found "Sales"\.$/,
  ],
  ['a key twice', `from: a\nfrom: b\n${TO}`, 2, 1, /this key is in its mapping twice/],
  ['two documents', `${TO}---\n${TO}`, 2, 1, /a second document/],
  [
    'a bracket that stays open',
    'to: [{ site: test, streams: [X }]\n',
    1,
    32,
    /opened and not closed|not valid YAML|bracket/,
  ],
  ['a misspelt key', `fron: dev\n${TO}`, 1, 1, /^unknown key "fron"\. Did you mean "from"\?/],
  [
    'a key of a target at the top',
    `mode: overwrite\n${TO}`,
    1,
    1,
    /^unknown key "mode"\. It belongs into "to"\./,
  ],
  [
    'a misspelt key of a target',
    `strems: [X]\n${TO}`,
    1,
    1,
    /Did you mean "streams", which belongs into "to"\?/,
  ],
  [
    'a condition at the top',
    `published: true\n${TO}`,
    1,
    1,
    /^unknown key "published"\. It belongs into "when"\./,
  ],
  ['a long value', `describe: ${'very long text '.repeat(5)}\n${TO}`, 1, 1, /found a text of 74 letters\.$/],
  [
    'a token in the wrong field',
    `describe: ghp_${'aB3'.repeat(12)}\n${TO}`,
    1,
    1,
    /^"describe" must be true or false; found (a text of \d+ letters|what looks like a secret)\.$/,
  ],
  ['a value that begins with @', `from: @dev\n${TO}`, 1, 7, /begins with @, ` or % must be in single quotes/],
  [
    'an alias that nothing defines',
    `from: *dev\n${TO}`,
    1,
    7,
    /begins with \* must be in single quotes|begins with \* or &/,
  ],
  ['a line without a colon', `from dev\n${TO}`, 1, 1, /no "key: value"/],
  [
    'a text in place of a mapping',
    '"from: dev"\n',
    1,
    1,
    /^This must be a mapping, as in "from: …"; found "from: dev"\.$/,
  ],
  [
    'apps by their bare names',
    `apps: [Sales]\n${TO}`,
    1,
    8,
    /^apps entry 1 must be a mapping, as in "id: …"; found "Sales"\.$/,
  ],
  [
    'one app in place of a list',
    `apps: Sales\n${TO}`,
    1,
    1,
    /^"apps" must be "event" or a list of - id: …, - name: …/,
  ],
  [
    'an app that is no list',
    `apps: { name: Sales }\n${TO}`,
    1,
    1,
    /^"apps" must be "event" or a list .*found a mapping\. Begin each entry with a dash, as in "- name: …"\.$/,
  ],
  ['a target that is a name', 'to: test\n', 1, 1, /^"to" must be a list of targets .*found "test"\.$/],
  [
    'targets that are names',
    'to: [test]\n',
    1,
    6,
    /^to entry 1 must be a mapping, as in "site: …"; found "test"\.$/,
  ],
  ['yes in place of true', `describe: yes\n${TO}`, 1, 1, /^"describe" must be true or false; found "yes"\.$/],
  [
    'a boolean in quotes',
    `describe: "true"\n${TO}`,
    1,
    1,
    /^"describe" must be true or false; found "true"\.$/,
  ],
  ['a key without a value', `from:\n${TO}`, 1, 1, /^"from" must be text; it is empty\.$/],
  [
    'a stream that is a number',
    'to: [{ site: test, streams: [2026] }]\n',
    1,
    30,
    /streams entry 1 must be text, in quotes; found 2026\.$/,
  ],
  [
    'an owner with a slash',
    `owner: COMPANY/anna\n${TO}`,
    1,
    1,
    /^"owner" must be DIRECTORY\\user; found "COMPANY\/anna"\.$/,
  ],
  [
    'a size in words',
    `max-size: 20 gigs\n${TO}`,
    1,
    1,
    /^"max-size" must be a size such as 500 MB or 20 GB; found "20 gigs"\.$/,
  ],
  [
    'a duration without a unit',
    `leftover-age: 60\n${TO}`,
    1,
    1,
    /^"leftover-age" must be a duration such as 90s, 30m or 2h; found 60\.$/,
  ],
  [
    'an age that is too young',
    `leftover-age: 5m\n${TO}`,
    1,
    1,
    /^"leftover-age" must be at least 10m, as a run at work/,
  ],
  [
    'a key with an underscore',
    `on_refusal: skip\n${TO}`,
    1,
    1,
    /^unknown key "on_refusal"\. Did you mean "on-refusal"\?/,
  ],
  [
    'a key with capitals',
    `onRefusal: skip\n${TO}`,
    1,
    1,
    /^unknown key "onRefusal"\. Did you mean "on-refusal"\?/,
  ],
  [
    'a tag in place of a list',
    `tags: released\n${TO}`,
    1,
    1,
    /^"tags" must be a list, with a dash before each entry; found "released"\.$/,
  ],
  [
    'conditions on tags as a list',
    `when: { tags: [a] }\n${TO}`,
    1,
    9,
    /^"when\.tags" must be a mapping, as in "has: …"; found a list\.$/,
  ],
  [
    'half a pair of properties',
    'to: { properties: { server: X } }\n',
    1,
    7,
    /^"to\.properties\.stream" is missing\.$/,
  ],
  [
    'done as a tag',
    `done: Promoted\n${TO}`,
    1,
    1,
    /^"done" must be a mapping, as in "tag: …"; found "Promoted"\.$/,
  ],
  ['no app at a time', `concurrency: 0\n${TO}`, 1, 1, /^"concurrency" must be at least 1; found 0\.$/],
  [
    'half an app at a time',
    `concurrency: 1.5\n${TO}`,
    1,
    1,
    /^"concurrency" must be a whole number; found 1\.5\.$/,
  ],
  ['a stream without an app', `apps: [{ stream: A }]\n${TO}`, 1, 8, /must have a name beside the stream\.$/],
  [
    'a line that is indented too far',
    `apps:\n  - name: A\n   stream: B\n${TO}`,
    3,
    1,
    /a line is indented too far\. Look here/,
  ],
  [
    'quotes in quotes',
    `apps: [{ filter: 'name eq 'A'' }]\n${TO}`,
    1,
    28,
    /a quote ends this value early\. Leave the quotes around it out/,
  ],
  ['a backup that is forgotten', `rollback: true\n${TO}`, 1, 1, /^"rollback: true" needs "backup"/],
  [
    'a reload of refreshed data',
    `data: refresh\nreload: after\n${TO}`,
    1,
    1,
    /contradict each other.*Leave one of them out\.$/,
  ],
  [
    'one name for two apps',
    `apps: [{ name: A }, { name: B }]\nname: C\n${TO}`,
    2,
    1,
    /would give several apps one name/,
  ],
  [
    'one site twice',
    'to: [{ site: a, streams: [X] }, { site: A, streams: [Y] }]\n',
    1,
    35,
    /names site "a" twice; list all its streams/,
  ],
  ['nothing to do', 'to: []\n', 1, 1, /"to" is empty and "done" asks for nothing/],
];

for (const [name, text, line, column, says] of SPECS) {
  test(`a spec with ${name}`, () => {
    const [problem, ...more] = problemsInSpec(text);
    assert.match(problem?.text ?? '', says);
    assert.deepEqual([problem?.place?.line, problem?.place?.column], [line, column], problem?.text);
    assert.equal(more.length, 0, more.map(one => one.text).join('\n'));
    const shown = problem?.place?.frame.split('\n') ?? [];
    const at = shown.findIndex(one => one.startsWith('>'));
    assert.ok(at >= 0 && shown[at + 1]?.endsWith('^'), 'a frame with a caret');
  });
}

test('the frame of a spec shows values by the rule for values', () => {
  const [problem] = problemsInSpec(`fron: dev\nname: ghp_${'aB3'.repeat(12)}\n${TO}`);
  assert.equal(problem?.place?.frame, '> 1 | fron: dev\n    | ^\n  2 | name: …');
});

test('merge keys work', () => {
  const text =
    'apps: [{ name: A }]\nto:\n  - &one { site: test, streams: [X] }\n  - { <<: *one, site: prod }\n';
  assert.deepEqual(problemsInSpec(text), []);
});
