import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Simulator } from '../../simulator/server.ts';
import { type Stage, type StageOptions, stage } from '../sites-for-tests.ts';

/** What came of one command. */
export interface Said {
  code: number | null;
  out: string;
  err: string;
}

export interface Terminal extends Stage {
  /** The folder that commands run in. */
  folder: string;
  /** Runs `qrs-action` with these words, as somebody would who has just opened a terminal there. */
  say(words: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Said>;
  write(name: string, text: string): void;
  read(name: string): string;
}

const ENTRY = join(import.meta.dirname, '../../src/cli/main.ts');

const SPEC = `from: dev
apps: [{ name: Demo Build }]
to: [{ site: test, streams: [Everyone, Review] }]
done: { tag: Promoted }
`;

/** Two simulated sites, and a folder with a blank and letters beyond ASCII in its name that has all that is needed. */
export async function atTerminal(check: (terminal: Terminal) => Promise<void>, options: StageOptions = {}) {
  const set = await stage(options);
  const folder = mkdtempSync(join(tmpdir(), 'qrs action Prüfung 試験 '));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const sites = [sitesEntry('dev', set.dev, folder), sitesEntry('test', set.test, folder)].join('');
  write('sites.yml', sites);
  write('promote.yml', SPEC);
  try {
    await check({
      ...set,
      folder,
      write,
      read: name => readFileSync(join(folder, name), 'utf8'),
      say: (words, environment = {}) => run(folder, words, environment),
    });
  } finally {
    await set.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Its certificates are files, as somebody has them who exported them from the QMC. */
function sitesEntry(name: string, { url, certificate, key, ca }: Simulator, folder: string): string {
  const certificates = `certificates of ${name}`;
  mkdirSync(join(folder, certificates));
  const files = { 'client.pem': certificate, 'client_key.pem': key, 'root.pem': ca };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, certificates, file), text);
  return `${name}:
  url: ${url}
  certificate: ${certificates}/client.pem
  key: ${certificates}/client_key.pem
  ca: ${certificates}/root.pem
`;
}

async function run(
  folder: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Said> {
  const env = { PATH: process.env.PATH, ...environment };
  const child = spawn(process.execPath, [ENTRY, ...words], { cwd: folder, env });
  const said: Said = { code: null, out: '', err: '' };
  child.stdout.on('data', piece => {
    said.out += piece;
  });
  child.stderr.on('data', piece => {
    said.err += piece;
  });
  [said.code] = await once(child, 'close');
  return said;
}
