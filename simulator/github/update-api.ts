import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { excerptOf } from './excerpt.ts';

// GitHub's own description, in the package of the Octokit project. It is 385 MB unpacked, so that it is no
// dependency: this program reads it out of the packed file, and what the stand-in needs is committed.
const source = '@octokit/openapi@23.0.2';
const member = 'package/generated/api.github.com.json';
const target = new URL('api.json', import.meta.url);

function describedNow(): string {
  const folder = mkdtempSync(join(tmpdir(), 'github-api-'));
  try {
    const [packed] = execFileSync('npm', ['pack', source, '--silent', '--pack-destination', folder], {
      encoding: 'utf8',
      shell: process.platform === 'win32',
    })
      .trim()
      .split('\n')
      .slice(-1);
    execFileSync('tar', ['-xzf', packed ?? '', member], { cwd: folder });
    const description: unknown = JSON.parse(readFileSync(join(folder, member), 'utf8'));
    return `${JSON.stringify(excerptOf(description, source), null, 1)}\n`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const now = describedNow();
if (!process.argv.includes('--check')) writeFileSync(target, now);
else if (now !== readFileSync(target, 'utf8')) {
  process.stderr.write(`simulator/github/api.json is not what ${source} says: run "npm run github-api".\n`);
  process.exitCode = 1;
}
