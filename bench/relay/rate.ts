import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Figure, median } from '../transfer/figure.ts';
import { underLoad } from './load.ts';

const ROUNDS = 5;
const NOTIFICATIONS = 5_000;
const COMMITS = 1_000;
const CONNECTIONS = 64;
const BAR = 100;
/** A notification as QRS writes it. */
const BYTES = 430;

/** In turns, so that whatever else the machine does hits both. */
export function rate(): Promise<Figure[]> {
  return underLoad({ apps: 1_000, quiet: '5s', maxWait: '60s' }, async ({ load }) => {
    const ours: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const { accepted, refused, took } = await load({ count: NOTIFICATIONS, connections: CONNECTIONS });
      if (refused > 0) throw new Error(`${refused} notifications were turned away`);
      const rival = commits();
      // The first round is to warm up.
      if (round > 0) ours.push((accepted / took) * 1000);
      if (round > 0) bare.push(rival);
    }
    const share = (median(ours) / median(bare)) * 100;
    return [
      { what: `the relay, ${CONNECTIONS} connections`, measured: range(ours) },
      { what: 'bare commits, one after the other', measured: range(bare) },
      {
        what: `the relay over bare commits, medians of ${ROUNDS}`,
        measured: `${share.toFixed(0)} %`,
        bar: { text: `at least ${BAR} %`, met: share >= BAR },
      },
    ];
  });
}

function range(values: readonly number[]): string {
  const whole = (value: number) => Math.round(value).toLocaleString('en');
  return `${whole(median(values))} a second (${whole(Math.min(...values))} to ${whole(Math.max(...values))})`;
}

/** Commits a second, of a row of a notification's size each. */
function commits(): number {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-bench-'));
  const database = new DatabaseSync(join(folder, 'bare.db'));
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec('CREATE TABLE told (id INTEGER PRIMARY KEY, body TEXT NOT NULL)');
    const insert = database.prepare('INSERT INTO told (body) VALUES (?)');
    const body = 'x'.repeat(BYTES);
    const began = performance.now();
    for (let count = 0; count < COMMITS; count += 1) insert.run(body);
    return (COMMITS / (performance.now() - began)) * 1000;
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
