import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Makes a Node believe that it is another one. */
const PRETEND = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})`;

/** The machine's own Node, where that is an old one. */
async function olderNode(): Promise<string | undefined> {
  for (const path of ['/usr/bin/node', '/usr/local/bin/node']) {
    const { stdout } = await run(path, ['--version']).catch(() => ({ stdout: '' }));
    if (/^v(1\d|2[0-3])\./.test(stdout)) return path;
  }
  return undefined;
}

const older = await olderNode();
const ways: [what: string, command: string, options: string[], version: RegExp][] = [
  ['a Node that says so', process.execPath, ['--import', PRETEND], /20\.20\.2/],
];
if (older !== undefined) ways.push(['the Node of this machine', older, [], /\d+\.\d+\.\d+/]);

for (const entry of globSync('dist/**/index.js', { cwd: ROOT })) {
  for (const [what, command, options, version] of ways) {
    test(`${entry} on an older Node says in one line which it needs: ${what}`, async () => {
      const ended = await run(command, [...options, ROOT + entry, '--version']).then(
        ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
        error => ({ code: error.code, stdout: String(error.stdout), stderr: String(error.stderr) }),
      );
      assert.match(ended.stderr, new RegExp(`^This program needs Node 24, this is ${version.source}\\.\\n$`));
      assert.deepEqual([ended.code, ended.stdout], [1, '']);
    });
  }
}
