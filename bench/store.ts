import { measureParts, type Parts } from './parts.ts';
import { accept } from './store/accept.ts';
import { claims } from './store/claims.ts';
import { memory } from './store/memory.ts';
import { FULL, SHORT, type Size } from './store/place.ts';

const partsOf = (size: Size): Parts => ({
  1: {
    title:
      'Notifications on disk, and the delay to the dispatch: relays on one PostgreSQL, and one on SQLite',
    measure: () => accept(size),
  },
  2: { title: 'Claims, while many changes wait', measure: () => claims(size) },
  3: { title: 'Peak memory of a relay, while many changes wait', measure: () => memory(size) },
});

/** Several relays on one PostgreSQL: `bash .ci/postgres npm run bench -- store [short] [PART…]`. */
export async function storeBench(asked: readonly string[]): Promise<void> {
  const size = asked.includes('short') ? SHORT : FULL;
  await measureParts(
    'store',
    partsOf(size),
    asked.filter(one => one !== 'short'),
  );
}
