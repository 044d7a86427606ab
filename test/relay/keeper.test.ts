import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { StoreAwayError } from '../../src/relay/store/sql.ts';
import { openStore } from '../../src/relay/store/store.ts';
import { execute, ofSqlite, storePlace } from './store-place.ts';

/** The session that keeps the sites of one relay on PostgreSQL. */

const POSTGRES = { skip: !ofSqlite && 'it needs PostgreSQL: npm run test:postgres' };

test(
  'keeper: whoever asks a session that PostgreSQL has ended hears which store that was',
  POSTGRES,
  async () => {
    const place = await storePlace('');
    const name = `keeper ${process.pid}`;
    const store = await openStore(`${place}&application_name=${encodeURIComponent(name)}`);
    try {
      const holder = await store.holder('digest');
      assert.equal(await holder.keepSite('dev'), true);
      const lost = once(holder.lost, 'abort');
      await execute(
        place,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${name}'`,
      );
      await lost;
      await assert.rejects(
        holder.keepSite('prod'),
        error =>
          error instanceof StoreAwayError && /^The store postgres:.* does not answer: /.test(error.message),
      );
    } finally {
      await store.close();
    }
  },
);

test('keeper: what is asked while an answer is under way waits for its turn', POSTGRES, async () => {
  const warnings: string[] = [];
  const note = ({ message }: Error) => void warnings.push(message);
  process.on('warning', note);
  const store = await openStore(await storePlace(''));
  try {
    const holder = await store.holder('digest');
    const kept = await Promise.all(['one', 'two', 'three', 'four'].map(holder.keepSite));
    assert.deepEqual(kept, [true, true, true, true]);
    await holder.close();
    assert.deepEqual(warnings, []);
  } finally {
    process.off('warning', note);
    await store.close();
  }
});
