import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startSimulator } from '../../simulator/server.ts';
import { ENTRY, runAction } from './action.ts';
import { type Figure, median } from './figure.ts';

const ROUNDS = 11;
/** Ms after bare Node. */
const MOST = 120;
/** MB of all that is loaded before the first request. */
const SIZE = 1.45;

/** What every step pays before it does anything. */
export async function start(): Promise<Figure[]> {
  const action: number[] = [];
  const bare: number[] = [];
  const dev = await startSimulator({
    name: 'dev',
    data: { streams: ['Build', 'Live'], apps: [{ name: 'Sales', stream: 'Build' }] },
  });
  try {
    const spec = { from: 'dev', apps: [{ name: 'Sales' }], to: [{ site: 'dev', streams: ['Live'] }] };
    for (let round = 0; round <= ROUNDS; round += 1) {
      dev.counters.reset();
      // The plan is enough: what comes after the first request does not count.
      const { began } = await runAction(spec, { dev }, { 'INPUT_DRY-RUN': 'true' });
      const [first] = dev.counters.requests;
      if (!first) throw new Error('the action sent no request');
      const node = await bareNode();
      // The first round is to warm up.
      if (round > 0) action.push(first.at - began);
      if (round > 0) bare.push(node);
    }
  } finally {
    await dev.stop();
  }
  const own = median(action) - median(bare);
  const megabytes = statSync(ENTRY).size / 1e6;
  const loaded = sizeLoadedBy(ENTRY) / 1e6;
  return [
    { what: 'to the first request', measured: `${median(action)} ms` },
    { what: 'node -e 0', measured: `${median(bare)} ms` },
    {
      what: `the difference, medians of ${ROUNDS}`,
      measured: `${own} ms`,
      bar: { text: `at most ${MOST} ms`, met: own <= MOST },
    },
    {
      what: 'size of dist/index.js',
      measured: `${megabytes.toFixed(2)} MB`,
    },
    {
      what: 'with what it imports at once',
      measured: `${loaded.toFixed(2)} MB`,
      bar: { text: `at most ${SIZE} MB`, met: loaded <= SIZE },
    },
  ];
}

/** What a bundle imports late, as a comment is written, does not count. */
function sizeLoadedBy(file: string): number {
  const text = readFileSync(file, 'utf8');
  const parts = [...text.matchAll(/(?:from|import) ?"(\.\/[^"]+\.js)"/g)].map(([, path = '']) => path);
  const inner = [...new Set(parts)].map(path => sizeLoadedBy(join(dirname(file), path)));
  return Buffer.byteLength(text) + inner.reduce((sum, size) => sum + size, 0);
}

async function bareNode(): Promise<number> {
  const began = Date.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return Date.now() - began;
}
