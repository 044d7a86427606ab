import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Told } from '../../src/relay/store/delivery.ts';
import { openStore } from '../../src/relay/store/open.ts';
import { openSqlite } from '../../src/relay/store/sqlite.ts';
import { ids } from './load.ts';

const COUNT = 5_000;
const CLAIMS = 50;
/** Ms; searching all that waits at each claim would take ten times as long. */
const PATIENCE = 3_000;

const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-'));
const path = join(folder, 'relay.db');
after(() => rmSync(folder, { recursive: true, force: true }));

test('a long backlog does not make the next dispatch slow', async () => {
  const store = await openStore(path);
  const all = ids(COUNT).map(
    (object): Told => ({
      subscription: 'apps',
      site: 'dev',
      entity: 'App',
      object,
      change: 'update',
      changed: [],
      date: 1,
      since: undefined,
      gap: false,
      quiet: 1,
      maxWait: 1,
    }),
  );
  await store.accept(all, 1, COUNT);
  // As if they had come one after the other, and all had been read back.
  const sql = openSqlite(path);
  await sql.exec("UPDATE delivery SET payload = '{}', modified = 1, mark = '', first = rowid");
  sql.close();
  const began = performance.now();
  for (let count = 0; count < CLAIMS; count += 1) {
    const claimed = await store.claim(2, { subscriptions: [], ids: [] });
    assert.ok(claimed);
  }
  const took = performance.now() - began;
  await store.close();
  assert.ok(took < PATIENCE, `${CLAIMS} claims of ${COUNT} took ${Math.round(took)} ms`);
});
