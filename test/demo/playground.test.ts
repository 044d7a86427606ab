import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../..');

test('playground: each command that it says works, in a folder with a blank, until Ctrl-C', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'qrs action play '));
  const run = (...words: string[]) => {
    const child = spawn(process.execPath, words, { cwd: folder, env: { PATH: process.env.PATH } });
    const said = { text: '' };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', piece => (said.text += piece));
    return { child, said, ended: once(child, 'close') };
  };
  const playing = run(join(ROOT, 'demo/playground/main.ts'));
  const says = async (wanted: RegExp) => {
    for (let tries = 0; tries < 600 && !wanted.test(playing.said.text); tries += 1) await wait(100);
    assert.match(playing.said.text, wanted);
  };
  try {
    await says(/Ctrl-C deletes them/);
    const commands = [...playing.said.text.matchAll(/npm run qrs-action -- (.*)/g)].map(
      ([, command = '']) => command,
    );
    const words = (command: string) =>
      (command.match(/"[^"]*"|\S+/g) ?? []).map(word => word.replaceAll('"', ''));
    assert.equal(commands.length, 5);
    for (const command of commands) {
      const { said, ended } = run(join(ROOT, 'src/cli/main.ts'), ...words(command));
      assert.deepEqual(await ended, [command.includes('Stock') ? 1 : 0, null], `${command}\n${said.text}`);
    }
    await says(/The summary: .*summary\.html/);
    assert.match(
      readFileSync(join(folder, 'playground', 'summary.html'), 'utf8'),
      /<!doctype html>[\s\S]*<h3>/,
    );
    const again = run(join(ROOT, 'src/cli/main.ts'), ...words(commands[1] ?? ''));
    await again.ended;
    assert.match(
      again.said.text,
      /the same script and objects/,
      'after a reload, the plan replaces the app again',
    );
    const second = run(join(ROOT, 'demo/playground/main.ts'));
    assert.deepEqual(await second.ended, [1, null]);
    assert.match(second.said.text, /A playground runs in this folder already/);
    const shown = run(join(ROOT, 'demo/playground/main.ts'), 'show');
    assert.deepEqual(await shown.ended, [0, null]);
    assert.match(shown.said.text, /test:[\s\S]*Demo Build in Review/);
    if (process.platform !== 'win32')
      assert.equal(statSync(join(folder, 'playground', '.env')).mode & 0o77, 0);
  } finally {
    playing.child.kill('SIGINT');
    await playing.ended;
  }
  assert.ok(existsSync(join(folder, 'playground', 'spec.yml')));
  const left = readdirSync(join(folder, 'playground'), { recursive: true }).filter(name =>
    /\.pem$|\.env$/.test(String(name)),
  );
  assert.deepEqual(left, [], 'no key stays behind');
  rmSync(folder, { recursive: true });
});
