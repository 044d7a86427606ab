import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readArguments, UsageError } from '../../src/cli/arguments.ts';
import { COMMANDS } from '../../src/cli/usage.ts';
import { atTerminal } from './terminal.ts';

test('usage: help for each command, with examples that are read as commands', () => {
  for (const command of COMMANDS) {
    const shown = readArguments([command, '--help']);
    assert.ok('show' in shown && shown.show === 'help');
    const examples = shown.text.split('Examples:')[1]?.match(/^ {2}qrs-action .*/gm) ?? [];
    assert.ok(examples.length > 1, command);
    for (const example of examples) {
      const words = example.replace(/ > .*/, '').match(/"[^"]*"|\S+/g) ?? [];
      const read = readArguments(words.slice(1).map(word => word.replaceAll('"', '')));
      assert.ok('command' in read && read.command === command, example);
    }
  }
});

const WRONG: [string[], RegExp][] = [
  [[], /Say what to do: promote, reload/],
  [['promot'], /no command "promot"\. Did you mean "promote"\?/],
  [['promote'], /SPEC is missing[\s\S]*--sites FILE is missing/],
  [['promote', 'a', 'b', '--sites', 's'], /takes one SPEC; found 2/],
  [['reload', 'a', '--sites', 's', '--app', 'x'], /reload takes no --app/],
  [['promote', 'a', '--sits', 's'], /Unknown option '--sits'\. Did you mean --sites\?/],
];
for (const [words, says] of WRONG) {
  test(`usage: ${JSON.stringify(words)} is refused`, () => {
    assert.throws(
      () => readArguments(words),
      error => error instanceof UsageError && says.test(error.message),
    );
  });
}

test('usage: wrong use ends with 2, help and version with 0', () =>
  atTerminal(async ({ say, write }) => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
    assert.deepEqual(await say(['--version']), { code: 0, out: `${version}\n`, err: '' });
    const help = await say(['--help']);
    assert.equal(help.code, 0);
    assert.match(help.out, /^Usage: qrs-action/);
    const none = await say([]);
    assert.equal(none.code, 2);
    assert.equal(none.out, '');

    write('broken.yml', 'from: dev\nto: [{ site: test, streams: [] }]\nconcurency: 2\n');
    const broken = await say(['promote', 'broken.yml', '--sites', 'sites.yml']);
    assert.equal(broken.code, 2);
    assert.match(broken.err, /broken\.yml:3:1: unknown key "concurency"\. Did you mean "concurrency"\?/);
    const gone = await say(['promote', 'gone.yml', '--sites', 'sites.yml', '--json']);
    assert.equal(gone.code, 2);
    assert.equal(JSON.parse(gone.out).outcome, 'failed');
    assert.match(gone.err, /SPEC is neither YAML nor the path of a file/);
  }));

test('usage: --env-file gives variables, and those of the environment come first', () =>
  atTerminal(async ({ say, read, write }) => {
    const sites = read('sites.yml').replace(
      /url: https:\/\/.*:(\d+)\n([\s\S]*)/,
      'url: https://${DEV_HOST}:$1\n$2',
    );
    write('sites.yml', sites);
    // As Windows writes text: a byte order mark, and CRLF.
    write('.env', '\uFEFFDEV_HOST=localhost\r\n# a comment\r\n');
    const words = ['promote', 'promote.yml', '--sites', 'sites.yml', '--dry-run', '--json'];
    const unset = await say(words);
    assert.equal(unset.code, 2);
    assert.match(unset.err, /\$\{DEV_HOST\} is used, but the environment variable is not set/);
    assert.equal((await say([...words, '--env-file', '.env'])).code, 0);
    const other = await say([...words, '--env-file', '.env'], { DEV_HOST: 'nowhere.invalid' });
    assert.equal(other.code, 1);
    assert.match(other.err, /nowhere\.invalid/);
  }));
