import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execute } from '../../test/relay/store-place.ts';
import { median } from '../transfer/figure.ts';

/** What decides how long a commit takes. All are as a default installation has them. */
const SETTINGS = ['fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'shared_buffers'];
const WRITES = 200;
/** A page of PostgreSQL. */
const PAGE = Buffer.alloc(8_192, 1);
/** The type of a file system in memory (statfs(2)). */
const TMPFS = 0x01021994;

/**
 * Lets the PostgreSQL that .ci/postgres started write each commit to the disk, as a default installation does; tests do
 * without. Resolves to its settings in words, and how long its disk takes.
 */
export async function makeDurable(place: string): Promise<string> {
  await execute(place, 'ALTER SYSTEM SET fsync = on');
  await execute(place, 'SELECT pg_reload_conf()');
  // The server reads its settings anew some moments later.
  while ((await execute(place, 'SHOW fsync'))[0]?.fsync !== 'on') await wait(50);
  const names = SETTINGS.map(name => `'${name}'`).join(', ');
  const found = await execute(
    place,
    `SELECT name, current_setting(name) AS setting FROM pg_settings WHERE name IN (${names}) ORDER BY 1`,
  );
  const settings = found.map(({ name, setting }) => `${name} = ${setting}`);
  const [version] = await execute(place, "SELECT current_setting('server_version') AS version");
  return [
    `PostgreSQL ${version?.version} with ${settings.join(', ')}.`,
    'SQLite with journal_mode = WAL, synchronous = FULL.',
    `To write a page of 8 kB to the disk of both takes ${diskTime().toFixed(2)} ms (fdatasync, the median of ${WRITES}).`,
    ...(statfsSync(tmpdir()).type === TMPFS ? ['The disk is memory: commits cost nothing there.'] : []),
  ].join('\n');
}

/** Ms. */
function diskTime(): number {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-bench-'));
  const file = openSync(join(folder, 'pages'), 'w');
  try {
    return median(
      Array.from({ length: WRITES }, () => {
        const began = performance.now();
        writeSync(file, PAGE);
        fdatasyncSync(file);
        return performance.now() - began;
      }),
    );
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
