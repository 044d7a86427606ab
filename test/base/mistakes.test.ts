import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError, type Problem } from '../../src/base/errors.ts';
import { readSpec } from '../../src/promote/spec.ts';
import { readRequest } from '../../src/reload/request.ts';
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
    /^"to" must be a list of targets .*found a mapping\. Begin each entry with a dash, as in "- site: …"\.$/,
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
    /a variable is written with braces: \$\{DEV_KEY\}\.$/,
  ],
  [
    'a variable of Windows',
    'dev:\n  url: https://x:4242\n  key: "%DEV_KEY%"\n',
    3,
    8,
    /a variable is written with braces: \$\{DEV_KEY\}\.$/,
  ],
  [
    'a misspelt key',
    `dev:\n  url: https://x:4242\n  certificte: ${SECRET}\n`,
    3,
    3,
    /Did you mean "certificate"/,
  ],
  ['a name that is none', '__proto__:\n  url: https://x:4242\n', 1, 1, /nothing can be called "__proto__"/],
  [
    'an address without https',
    'dev:\n  url: qlik:4242\n  jwt: a.e30.b\n',
    2,
    3,
    /"dev\.url" must be a URL that begins with https:\/\/\.$/,
  ],
  [
    'an address with a query',
    'dev:\n  url: https://x:4242/?a=1\n',
    2,
    3,
    /must be host, port and prefix alone/,
  ],
  ['a site that is an address', 'dev: https://x:4242\n', 1, 1, /^"dev" must be a mapping, as in "url: …"\.$/],
  [
    'no credentials',
    'dev:\n  url: https://x:4242\n',
    1,
    1,
    /no credentials\. Give certificate and key, or pfx/,
  ],
  [
    'a certificate without its key',
    'dev:\n  url: https://x:4242\n  certificate: ./a.pem\n',
    1,
    1,
    /key is missing; certificate and key go together/,
  ],
  [
    'two kinds of credentials',
    'dev:\n  url: https://x:4242\n  jwt: a.e30.b\n  pfx: x\n',
    1,
    1,
    /several kinds of credentials/,
  ],
  [
    'a file that is not there',
    'dev:\n  url: https://x:4242\n  certificate: ./a.pem\n  key: ./b.pem\n',
    4,
    3,
    /key: .*there is no such file, looked for in \//,
  ],
  [
    'a token that is none',
    'dev:\n  url: https://x:4242\n  jwt: abc\n',
    3,
    3,
    /not a JSON Web Token \(three parts joined by dots\)/,
  ],
  [
    'a user without a directory',
    'dev:\n  url: https://x:4242\n  user: sa_api\n',
    3,
    3,
    /"dev\.user" must be DIRECTORY/,
  ],
  [
    'a variable that is not set',
    'dev:\n  url: https://x:4242\n  key: ${DEV_KEY}\n',
    3,
    3,
    /\$\{DEV_KEY\} is used, but the environment variable is not set, or empty\. Set it under "env:" of the step/,
  ],
  [
    'a site outside of the wrapper',
    'sites:\n  dev:\n    url: https://x:4242\n    jwt: a.e30.b\nprod:\n  url: https://y\n',
    5,
    1,
    /beside "sites:"\. Indent it/,
  ],
  ['no site', '{}\n', 1, 1, /no site is described\. Write one/],
  ['UTF-16', 'd\0e\0v\0', 1, 1, /the text is UTF-16\. Save it as UTF-8/],
  [
    'one address twice',
    'a:\n  url: https://x:4242\n  jwt: a.e30.b\nb:\n  url: https://X:4242/\n  jwt: a.e30.b\n',
    1,
    1,
    /have the same url; describe it once/,
  ],
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

const request = (text: string) =>
  problemsIn(() => readRequest({ from: 'reload.yml', text }, [{ name: 'dev', names: [] }]));

const REQUESTS: Row[] = [
  ['no task', 'site: dev\n', 1, 1, /^give one of task, tasks, app or apps\.$/],
  [
    'a task and an app',
    'task: A\napp: B\n',
    2,
    1,
    /^give one of task, tasks, app or apps; found task and app\.$/,
  ],
  ['a misspelt key', 'taks: A\n', 1, 1, /^unknown key "taks"\. Did you mean "task"\?/],
  [
    'a misspelt site',
    'site: dve\ntask: A\n',
    1,
    1,
    /^"site" names no site: "dve"\. Did you mean "dev"\? Known sites: dev\.$/,
  ],
  [
    'a timeout without a unit',
    'task: A\ntimeout: 30\n',
    2,
    1,
    /^"timeout" must be a duration such as 90s, 30m or 2h; found 30\.$/,
  ],
  [
    'one task in place of a list',
    'tasks: A\n',
    1,
    1,
    /^"tasks" must be a list, with a dash before each entry; found "A"\.$/,
  ],
  [
    'a sequence that waits for nothing',
    'task: A\norder: sequence\nwait: false\n',
    3,
    1,
    /cannot go with it\. Leave one of them out\.$/,
  ],
  [
    'a word that is no choice',
    'task: A\nlog: yes\n',
    2,
    1,
    /^"log" must be on-failure, always or never; found "yes"\.$/,
  ],
];

for (const [name, text, line, column, says] of REQUESTS) {
  test(`a request with ${name}`, () => {
    const [problem, ...more] = request(text);
    assert.match(problem?.text ?? '', says);
    assert.deepEqual([problem?.place?.line, problem?.place?.column], [line, column], problem?.text);
    assert.equal(more.length, 0, more.map(one => one.text).join('\n'));
  });
}

test('the table has more than sixty mistakes', () =>
  assert.ok(SPECS.length + SITES.length + REQUESTS.length > 60));

test('twenty thousand wrong entries are read in a moment', () => {
  const streams = Array.from({ length: 20_000 }, () => '1').join(', ');
  const sitesText = Array.from({ length: 20_000 }, (_, index) => `s${index}: 1`).join('\n');
  const began = performance.now();
  const [inList, inMapping] = [spec(`to: [{ site: a, streams: [${streams}] }]\n`), sites(`${sitesText}\n`)];
  const took = performance.now() - began;
  assert.equal(inList.at(-1)?.text, 'spec.yml: 19950 more problems.');
  assert.equal(inMapping.at(-1)?.text, 'sites.yml: 19950 more problems.');
  assert.ok(took < 15_000, `${Math.round(took)} ms`);
});
