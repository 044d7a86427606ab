import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createVerify, X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readArguments } from '../../src/cli/arguments.ts';
import { readRelayArguments } from '../../src/relay/command/arguments.ts';
import { blocksOf, PAGES, ROOT, readFile } from './pages.ts';

/** Commands that the documents print exist, and take the options that they are given. */

const SCRIPTS = new Set(Object.keys(JSON.parse(readFile('package.json')).scripts));

/** The lines of a shell block, without comments; a line that ends in `\` goes on. */
function commandsOf(text: string): string[] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split(/\n|&&/)
    .map(line => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(line => line !== '');
}

const wordsOf = (command: string) =>
  [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );

/** Throws where the command is none. What is not ours is not looked at. */
function check(command: string): void {
  const [first, ...rest] = wordsOf(command.replace(/\s+[|>].*$/, ''));
  if (first === 'npm') checkNpm(rest.filter(word => word !== '--silent'));
  else if (first === 'qrs-action') readArguments(rest);
  else if (first === 'bash') assert.ok(existsSync(join(ROOT, rest[0] ?? '')), command);
  else if (first === 'node') checkNode(rest);
}

function checkNode([file = '', ...words]: string[]): void {
  if (file.endsWith('.js')) assert.ok(existsSync(join(ROOT, file)), `node ${file}`);
  if (file.endsWith('relay/index.js')) readRelayArguments(words, Date.now());
  if (file.endsWith('cli/index.js')) readArguments(words);
}

function checkNpm([verb, name = '', ...rest]: string[]): void {
  if (verb !== 'run') return;
  assert.ok(SCRIPTS.has(name), `npm run ${name}`);
  if (name === 'qrs-action') readArguments(rest[0] === '--' ? rest.slice(1) : rest);
}

for (const page of PAGES) {
  const text = readFile(page);
  test(`docs: the commands of ${page} are understood`, () => {
    const blocks = blocksOf(text).filter(({ kind }) => /^(sh|powershell)$/.test(kind));
    for (const command of blocks.flatMap(block => commandsOf(block.text))) check(command);
    for (const [, name = ''] of text.matchAll(/`npm run ([\w:-]+)/g))
      assert.ok(SCRIPTS.has(name), `npm run ${name}`);
  });
}

/** Windows has no bash of its own, and a container may have no OpenSSL. */
function hasShell(): boolean {
  try {
    execFileSync('bash', ['-c', 'openssl version'], { stdio: 'ignore' });
    return process.platform !== 'win32';
  } catch {
    return false;
  }
}

test('docs: authentication.md makes a key, a certificate and a token that fits them', {
  skip: !hasShell(),
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action-docs-'));
  try {
    const commands = blocksOf(readFile('docs/authentication.md')).filter(
      ({ kind, text }) => kind === 'sh' && /^(openssl|node)/.test(text),
    );
    assert.equal(commands.length, 2);
    const [, token = ''] = commands.map(({ text }) =>
      execFileSync('bash', ['-ec', text], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim(),
    );
    const [head = '', claims = '', signature = ''] = token.split('.');
    const { publicKey } = new X509Certificate(readFileSync(join(folder, 'jwt_certificate.pem')));
    assert.ok(
      createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url'),
    );
    assert.equal(JSON.parse(Buffer.from(claims, 'base64url').toString()).userDirectory, 'COMPANY');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
