import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { measureParts, type Parts } from './parts.ts';
import { accept } from './store/accept.ts';
import { claims } from './store/claims.ts';
import { decide } from './store/decide.ts';
import { makeDurable } from './store/durable.ts';
import { memory } from './store/memory.ts';
import { FULL, SHORT, type Size } from './store/place.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const partsOf = (size: Size): Parts => ({
  1: {
    title: 'Single notifications stored, one in each call, and the delay from quiet to the dispatch',
    measure: () => accept(size),
  },
  2: {
    title: `A burst of ${size.burst.toLocaleString('en')} changes, one relay`,
    measure: () => decide(size),
  },
  3: {
    title: 'Claims by one process without a break between them, while many changes wait',
    measure: () => claims(size),
  },
  4: { title: 'Peak memory of one relay, while many changes wait', measure: () => memory(size) },
});

/** Several relays on one PostgreSQL, which it starts: `npm run bench -- store [short] [PART…]`. */
export async function storeBench(asked: readonly string[]): Promise<void> {
  const { RELAY_STORE } = process.env;
  if (RELAY_STORE === undefined) return beside(asked);
  const began = performance.now();
  const size = asked.includes('short') ? SHORT : FULL;
  process.stdout.write(`${await makeDurable(RELAY_STORE)}\n`);
  await measureParts(
    'store',
    partsOf(size),
    asked.filter(one => one !== 'short'),
  );
  process.stdout.write(`\nAll in ${Math.round((performance.now() - began) / 1000)} s.\n`);
}

/** The same bench, beside a PostgreSQL of its own. */
function beside(asked: readonly string[]): void {
  const again = ['.ci/postgres', process.execPath, 'bench/main.ts', 'store', ...asked];
  process.exitCode = spawnSync('bash', again, { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}
