import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError, type Problem } from '../../src/base/errors.ts';
import { readSpec } from '../../src/promote/spec.ts';
import { readSites } from '../../src/sites/sites.ts';

/** What people write by mistake, and what they are told: the sentence, its place, and the lines around it. */

type Row = [name: string, text: string, line: number, column: number, says: RegExp];

function problemsIn(read: () => unknown): readonly Problem[] {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error.problems;
  }
  return [];
}

const spec = (text: string) => problemsIn(() => readSpec({ from: 'spec.yml', text, isFile: true }));
const sites = (text: string) =>
  problemsIn(() =>
    readSites({ from: 'sites.yml', text, isFile: true }, { environment: {}, secret: () => {} }),
  );

const TO = 'to: [{ site: test, streams: [X] }]\n';

const SPECS: Row[] = [
  [
    'a list without its dash',
    'to:\n  site: test\n  streams: [X]\n',
    1,
    1,
    /^"to" must be a list of targets .*found a mapping/,
  ],
  ['a dash without a blank', `apps:\n  -name: Sales\n${TO}`, 2, 3, /dash of a list needs a blank after it/],
  [
    'a value with a colon',
    `apps:\n  - name: Sales: EMEA\n${TO}`,
    2,
    11,
    /must stand in single quotes.*'Sales: EMEA'/,
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
  ['a key twice', `from: a\nfrom: b\n${TO}`, 2, 1, /this key stands twice/],
  ['two documents', `${TO}---\n${TO}`, 2, 1, /a second document/],
  [
    'a bracket that stays open',
    'to: [{ site: test, streams: [X }]\n',
    1,
    32,
    /opened and not closed|not valid YAML|bracket/,
  ],
  ['a misspelt key', `fron: dev\n${TO}`, 1, 1, /^unknown key "fron"\. Did you mean "from"\?/],
  ['a long value', `describe: ${'very long text '.repeat(5)}\n${TO}`, 1, 1, /found a text of 74 letters\.$/],
  [
    'a token in the wrong field',
    `describe: ghp_${'aB3'.repeat(12)}\n${TO}`,
    1,
    1,
    /^"describe" must be true or false; found (a text of \d+ letters|what looks like a secret)\.$/,
  ],
  [
    'a value that begins with @',
    `from: @dev\n${TO}`,
    1,
    7,
    /begins with @, ` or % must stand in single quotes/,
  ],
  [
    'an alias that nothing defines',
    `from: *dev\n${TO}`,
    1,
    7,
    /begins with \* must stand in single quotes|begins with \* or &/,
  ],
  ['a line without a colon', `from dev\n${TO}`, 1, 1, /no "key: value"/],
];

for (const [name, text, line, column, says] of SPECS) {
  test(`a spec with ${name}`, () => {
    const [problem, ...more] = spec(text);
    assert.match(problem?.text ?? '', says);
    assert.deepEqual([problem?.place?.line, problem?.place?.column], [line, column], problem?.text);
    assert.equal(more.length, 0, more.map(one => one.text).join('\n'));
    const shown = problem?.place?.frame.split('\n') ?? [];
    const at = shown.findIndex(one => one.startsWith('>'));
    assert.ok(at >= 0 && shown[at + 1]?.endsWith('^'), 'a frame with a caret');
  });
}

const SECRET = 'MARKED-s3cret-Value-0123456789';
const SITES: Row[] = [
  [
    'a backslash in double quotes',
    `dev:\n  url: https://x:4242\n  user: "INTERNAL\\sa_api"\n`,
    3,
    18,
    /without quotes, as in "user: INTERNAL\\sa_api"/,
  ],
  [
    'a path of Windows in double quotes',
    `dev:\n  url: https://x:4242\n  key: "C:\\certs\\key.pem"\n`,
    3,
    11,
    /without quotes/,
  ],
  [
    'a pasted key',
    `dev:\n  url: https://x:4242\n  key: -----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`,
    3,
    8,
    /Keep it in a secret/,
  ],
  [
    'an expression of a workflow',
    'dev:\n  url: https://x:4242\n  key: ${{ secrets.KEY }}\n',
    3,
    8,
    /filled in by GitHub in workflow files only/,
  ],
  [
    'a variable of a shell',
    'dev:\n  url: https://x:4242\n  key: $DEV_KEY\n',
    3,
    8,
    /a variable is written \$\{DEV_KEY\}/,
  ],
  [
    'a variable of Windows',
    'dev:\n  url: https://x:4242\n  key: "%DEV_KEY%"\n',
    3,
    8,
    /a variable is written \$\{DEV_KEY\}/,
  ],
  [
    'a misspelt key',
    `dev:\n  url: https://x:4242\n  certificte: ${SECRET}\n`,
    3,
    3,
    /Did you mean "certificate"/,
  ],
  ['a name that is none', '__proto__:\n  url: https://x:4242\n', 1, 1, /nothing can be called "__proto__"/],
];

for (const [name, text, line, column, says] of SITES) {
  test(`sites with ${name}`, () => {
    const all = sites(text);
    const problem = all.find(one => says.test(one.text));
    assert.ok(problem, all.map(one => one.text).join('\n'));
    assert.deepEqual([problem?.place?.line, problem?.place?.column], [line, column]);
    assert.doesNotMatch(JSON.stringify(sites(text)), /MARKED|x:4242/, 'no value is shown');
  });
}

test('the frame of sites shows keys and structure alone', () => {
  const text = `dev: { url: "https://x", password: ${SECRET}, certificte: a,b }\n# note ${SECRET}\n`;
  const [problem] = sites(text);
  assert.equal(
    problem?.place?.frame.split('\n')[0]?.replace(/\s+/g, ' '),
    '> 1 | dev: { url: …, password: …, …,… }',
  );
});

test('the frame of a spec shows values by the rule for values', () => {
  const [problem] = spec(`fron: dev\nname: ghp_${'aB3'.repeat(12)}\n${TO}`);
  assert.equal(problem?.place?.frame, '> 1 | fron: dev\n    | ^\n  2 | name: …');
});

test('merge keys work', () => {
  const text =
    'apps: [{ name: A }]\nto:\n  - &one { site: test, streams: [X] }\n  - { <<: *one, site: prod }\n';
  assert.deepEqual(spec(text), []);
});
