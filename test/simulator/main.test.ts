import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { headersFor, keyed, text } from './client.ts';

const program = fileURLToPath(new URL('../../simulator/main.ts', import.meta.url));
const directory = await mkdtemp(join(tmpdir(), 'simulator-test-'));
after(() => rm(directory, { recursive: true }));

function start(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args]);
  after(() => child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', chunk => {
    output.stdout += chunk;
  });
  child.stderr.on('data', chunk => {
    output.stderr += chunk;
  });
  return { child, output, ended: once(child, 'close') };
}

async function file(name: string, content: string) {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

async function get(path: string, ready: Record<string, string>) {
  const [cert, key, ca] = await Promise.all(
    ['certificate', 'key', 'ca'].map(name => readFile(ready[name] ?? '', 'utf8')),
  );
  const outgoing = request(ready.url + keyed(path), {
    cert,
    key,
    ca,
    headers: headersFor(),
    agent: false,
  }).end();
  const [response] = await once(outgoing, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, body };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`it serves a site, says how to reach it, and ends on ${signal}`, async () => {
    const certs = join(directory, signal, 'certs');
    const data = await file(
      'site.yml',
      'apps: [{ name: A, stream: Everyone, size: 1 MiB }]\nstreams: [Everyone]\n',
    );
    const { child, output, ended } = start(
      ...['--site', 'dev', '--port', '0', '--certs', certs, '--data', data],
      ...['--switch', 'conflict=differs', '--switch', 'boot={ refuse: 5 }'],
    );
    while (!output.stdout.includes('\n')) await once(child.stdout, 'data');
    const ready = JSON.parse(output.stdout);
    assert.deepEqual(ready, {
      site: 'dev',
      url: ready.url,
      certificate: join(certs, 'client.pem'),
      key: join(certs, 'client_key.pem'),
      ca: join(certs, 'root.pem'),
      user: 'INTERNAL\\sa_api',
    });
    assert.equal((await stat(ready.key)).mode & 0o777, 0o600);
    assert.equal(text(JSON.parse((await get('/qrs/app', ready)).body), 0, 'name'), 'A');
    assert.equal((await get('/qrs/nothing', ready)).status, 404);
    child.kill(signal);
    assert.deepEqual(await ended, [0, null]);
    assert.equal(output.stdout.split('\n').length, 2);
    assert.equal(output.stderr, 'GET /qrs/nothing: no matching endpoint\n');
  });
}

test('an empty site has the stream Everyone', async () => {
  const { child, output, ended } = start('--site', 'x', '--port', '0', '--certs', join(directory, 'empty'));
  while (!output.stdout.includes('\n')) await once(child.stdout, 'data');
  const { body } = await get('/qrs/stream', JSON.parse(output.stdout));
  assert.equal(text(JSON.parse(body), 0, 'name'), 'Everyone');
  child.kill('SIGTERM');
  await ended;
});

const wrongData = `
apps:
  - { name: A, size: huge, stream: Nowhere }
  - { size: 3 }
tasks:
  - { name: T, runs: [] }
  - { name: U, type: nightly, last: { ends: Done } }
  - { name: V, runs: [{ takes: soon }, { takes: 1s, attempts: [{}] }] }
colour: red
switches: { conflict: sometimes }
`;

const strangers = `
apps: [{ name: A, stream: Nowhere, tags: [x], owner: 'CORP\\ann', properties: { Level: [high], Other: [x] } }]
customProperties: { Level: [low] }
tasks:
  - { name: T, app: B, tags: [y] }
  - { name: U }
  - { name: V, type: external, app: A }
`;

for (const [what, yaml, sentences] of [
  [
    'wrong values',
    wrongData,
    [
      /^.*\.yml:3:16: apps\[0\]\.size: "huge" is not a size such as 20 MB/m,
      /^.*\.yml:4:5: apps\[1\]\.name: /m,
      /^.*\.yml:\d+:\d+: tasks\[0\]\.runs: /m,
      /^.*\.yml:\d+:\d+: tasks\[1\]\.type: /m,
      /^.*\.yml:\d+:\d+: tasks\[1\]\.last/m,
      /^.*\.yml:\d+:\d+: tasks\[2\]\.runs\[0\]\.takes: "soon" is not a duration such as 500ms, 2s, 5m or 1h/m,
      /^.*\.yml:\d+:\d+: tasks\[2\]\.runs\[1\]\.takes: belongs into each of the attempts\.$/m,
      /^.*\.yml:\d+:\d+: the whole file: .*"colour"/m,
      /^.*\.yml:\d+:\d+: switches\.conflict: /m,
    ],
  ],
  [
    'names that nothing has',
    strangers,
    [
      /^.*\.yml:\d+:\d+: apps\[0\]\.stream: no stream is called "Nowhere"\.$/m,
      /^.*\.yml:\d+:\d+: apps\[0\]\.tags: no tag is called "x"\.$/m,
      /^.*\.yml:\d+:\d+: apps\[0\]\.owner: no user is called "CORP\\ann"\.$/m,
      /^.*\.yml:\d+:\d+: apps\[0\]\.properties\.Level: "high" is not one of its values\.$/m,
      /^.*\.yml:\d+:\d+: apps\[0\]\.properties\.Other: no custom property is called "Other"\.$/m,
      /^.*\.yml:\d+:\d+: tasks\[0\]\.app: no app is called "B"\.$/m,
      /^.*\.yml:\d+:\d+: tasks\[0\]\.tags: no tag is called "y"\.$/m,
      /^.*\.yml:\d+:\d+: tasks\[1\]\.app: a task that reloads needs one\.$/m,
      /^.*\.yml:\d+:\d+: tasks\[2\]\.app: an external program task has none\.$/m,
    ],
  ],
  ['no YAML', 'apps: [', [/no YAML\.yml:1:\d+: /]],
] as const) {
  test(`a data file with ${what} is refused, a sentence each`, async () => {
    const data = await file(`${what}.yml`, yaml);
    const { output, ended } = start('--site', 'x', '--port', '0', '--certs', directory, '--data', data);
    assert.deepEqual(await ended, [2, null]);
    for (const sentence of sentences) assert.match(output.stderr, sentence);
    assert.equal(output.stdout, '');
  });
}

test('--help explains every option, with an example', async () => {
  const { output, ended } = start('--help');
  assert.deepEqual(await ended, [0, null]);
  for (const option of ['--site', '--port', '--certs', '--data', '--switch'])
    assert.ok(output.stdout.includes(option));
  assert.match(output.stdout, /Example:\n {2}npm run simulator -- --site dev/);
});

for (const [args, sentence] of [
  [[], /--site is missing.*\n--certs is missing.*\n--port must be a number/],
  [['--site', 'x', '--port', '70000', '--certs', 'c'], /--port must be a number/],
  [
    ['--site', 'x', '--port', '0', '--certs', 'c', '--switch', 'conflict'],
    /--switch conflict: expected NAME=VALUE/,
  ],
  [['--site', 'x', '--port', '0', '--certs', 'c', '--switch', 'tempo=1'], /"tempo"/],
  [['--site', 'x', '--port', '0', '--certs', 'c', '--data', '/nowhere.yml'], /nowhere\.yml/],
  [['--speed', '3'], /--speed/],
] as const) {
  test(`the arguments ${JSON.stringify(args)} are refused`, async () => {
    const { output, ended } = start(...args);
    assert.deepEqual(await ended, [2, null]);
    assert.match(output.stderr, sentence);
  });
}
