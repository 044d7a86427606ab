import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs all tests, or the files and options that are given: npm test -- test/base/retry.test.ts
 *
 * All tests run in BATCHES processes, each with many files: a process for each file would load the same sources, and
 * make the same certificates, again and again. Neighbours in a folder are often equally slow, so they are dealt out to
 * different batches.
 */
const BATCHES = 12;
/** What Node counts of a run; of all batches together it is printed as Node prints it. */
const COUNTS = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'];
/** How many files are named at the end: those that took longest, and those that took most of the processors. */
const NAMED = 5;
/** Tests wait for timers, processes and disks: with one batch more than there are processors, none of them is idle. */
const AT_ONCE = Math.max(2, availableParallelism()) + 1;
/** Where Linux keeps files in memory. */
const MEMORY = '/dev/shm';
/** So much room all files of all batches need at the most, with room to spare, bytes. */
const ROOM = 4 * 1024 ** 3;
const env = {
  // Keeps the stripped types and the compiled code from run to run.
  NODE_COMPILE_CACHE: join(tmpdir(), 'qrs-action-compile-cache'),
  // SQLite waits for the disk at each commit, some milliseconds: thousands of them were a third of the time.
  ...(freeSpace(MEMORY) < ROOM ? {} : { TMPDIR: MEMORY }),
  ...process.env,
};

const given = process.argv.slice(2);
const options = given.filter(word => word.startsWith('-'));
/** Node runs no hooks of a file whose tests are all left out, so what such a file started would keep its batch alive. */
const ending = options.some(word => /^--test-(name-pattern|skip-pattern|only)/.test(word))
  ? ['--test-force-exit']
  : [];
if (given.length > options.length) {
  const { status } = spawnSync(process.execPath, ['--test', ...given], { env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else {
  await runAll();
}

async function runAll(): Promise<void> {
  const began = performance.now();
  const files = globSync('test/**/*.test.ts')
    .map(file => file.replaceAll('\\', '/'))
    .sort();
  const batches = Array.from({ length: BATCHES }, (_, batch) =>
    files.filter((_, at) => at % BATCHES === batch),
  );
  const queue = batches.entries();
  const times = new Map<string, number>();
  const processors = new Map<string, number>();
  const totals = new Map<string, number>();
  const work = async () => {
    for (const [batch, chosen] of queue) {
      const { passed, said } = await runBatch(batch + 1, chosen);
      if (!passed) process.exitCode = 1;
      for (const name of COUNTS) totals.set(name, (totals.get(name) ?? 0) + countOf(name, said));
      for (const [, file = '', ms] of said.matchAll(/^[✔✖] (\S+\.test\.ts) \(([\d.]+)ms\)/gm)) {
        times.set(file, Number(ms) / 1000);
      }
      for (const [, file = '', s] of said.matchAll(/^ℹ processor time of (\S+): ([\d.]+) s$/gm)) {
        processors.set(file, Number(s));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const all = [...processors.values()].reduce((sum, one) => sum + one, 0);
  process.stdout.write(`\n${[...totals].map(([name, count]) => `ℹ ${name} ${count}\n`).join('')}`);
  process.stdout.write(
    `\n${files.length} files in ${seconds(performance.now() - began)}. The slowest: ${most(times)}\n` +
      `Processor time of the files: ${Math.round(all)} s. The most: ${most(processors)}\n`,
  );
  if (process.env.QRS_OPENAPI === undefined)
    process.stdout.write(
      "QRS_OPENAPI is not set: nothing was compared with the vendor's description of QRS (test/README.md).\n",
    );
}

/** Prints one line for a batch that passes, and for one that fails all but the tests that passed. */
async function runBatch(batch: number, files: readonly string[]): Promise<{ passed: boolean; said: string }> {
  const began = performance.now();
  const command = ['--test-reporter=spec', ...options, ...ending, join('test', 'batch.ts'), ...files];
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (piece: string) => {
      said += piece;
    });
  }
  const [code] = await once(child, 'close');
  const passed = code === 0;
  process.stdout.write(
    `${passed ? '✔' : '✖'} ${batch} of ${BATCHES}: ${countOf('tests', said)} tests in ${files.length} files, ` +
      `${seconds(performance.now() - began)}\n`,
  );
  if (!passed) {
    const failures = said.split('\n').filter(line => !/^\s*[✔▶]|^ℹ processor/.test(line));
    process.stdout.write(`${failures.join('\n')}\nRun together: node test/batch.ts ${files.join(' ')}\n`);
  }
  return { passed, said };
}

/** Free bytes; 0 where there is no such folder, or no program may be started from it, as some tests do. */
function freeSpace(folder: string): number {
  try {
    if (new RegExp(` ${folder} \\S+ \\S*noexec`).test(readFileSync('/proc/mounts', 'utf8'))) return 0;
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

function countOf(name: string, said: string): number {
  return Number(new RegExp(`^ℹ ${name} (\\d+)$`, 'm').exec(said)?.[1] ?? 0);
}

/** The files with the largest figures, s. */
function most(figures: ReadonlyMap<string, number>): string {
  const sorted = [...figures].sort(([, one], [, other]) => other - one);
  return sorted
    .slice(0, NAMED)
    .map(([file, s]) => `${file} ${Math.round(s)} s`)
    .join(', ');
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
