import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { ofSqlite, storePlace } from '../store-place.ts';
import { startTcpProxy } from '../tcp-proxy.ts';
import type { Traffic } from './traffic.ts';

/** What the model's relay stands on: a file of SQLite, or a schema of PostgreSQL. */
export interface Ground {
  /** For `store` in relay.yml. */
  place: string;
  /** The relay is killed at this moment: nothing that it writes from now on is kept. */
  die(): void;
  /** The next relay finds what the killed one left. */
  restore(): void;
  /** Whether a relay begins while it can write nothing. */
  beginsFull: boolean;
  /** The disk is full, or the database away: the relay can write nothing. */
  full(full: boolean): Promise<void>;
  /** Somebody sets the database's clock. False where it has none of its own. */
  setClock(by: number): boolean;
  /** Called whenever time has passed. */
  moved(now: number): Promise<void>;
  stop(): Promise<void>;
}

export function startGround(traffic: Traffic): Promise<Ground> {
  return ofSqlite ? startDatabase(traffic) : startFile();
}

const ENDS = ['', '-wal'];

async function startFile(): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-model-'));
  const place = join(folder, 'relay.db');
  let photo: [end: string, bytes: Buffer][] = [];
  return {
    place,
    die: () => {
      photo = ENDS.filter(end => existsSync(`${place}${end}`)).map(end => [
        end,
        readFileSync(`${place}${end}`),
      ]);
    },
    restore: () => {
      for (const end of [...ENDS, '-shm']) rmSync(`${place}${end}`, { force: true });
      for (const [end, bytes] of photo) writeFileSync(`${place}${end}`, bytes);
    },
    beginsFull: true,
    // As this process sees it: no file may grow beyond so many bytes.
    full: async full => {
      const size = full ? 4096 : 'unlimited';
      await promisify(execFile)('prlimit', ['--pid', String(process.pid), `--fsize=${size}:unlimited`]);
    },
    setClock: () => false,
    moved: async () => {},
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function startDatabase(traffic: Traffic): Promise<Ground> {
  const direct = await storePlace('');
  const hand = new pg.Client({ connectionString: direct });
  await hand.connect();
  const clock = await clockIn(hand);
  const proxy = await startTcpProxy(Number(new URL(direct).port), {
    asked: traffic.begin,
    answered: traffic.end,
  });
  const place = new URL(direct);
  place.port = String(proxy.port);
  const options = place.searchParams.get('options');
  place.searchParams.set('options', `${options},${clock},pg_catalog`);
  let off = 0;
  return {
    place: String(place),
    die: proxy.cut,
    restore: proxy.heal,
    beginsFull: false,
    full: async full => (full ? proxy.cut() : proxy.heal()),
    setClock: by => {
      off += by;
      return true;
    },
    moved: async now => {
      await hand.query(`UPDATE ${clock}.hand SET ms = $1`, [now + off]);
    },
    stop: async () => {
      await proxy.stop();
      await hand.end();
    },
  };
}

/**
 * A schema with a `clock_timestamp` that is moved by hand: in a search path before `pg_catalog`, it takes the place of
 * PostgreSQL's own. Resolves to its name.
 */
async function clockIn(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(`SELECT current_schema() || '_clock' AS name`);
  const name = rows[0]?.name ?? '';
  await client.query(`
    CREATE SCHEMA ${name};
    CREATE TABLE ${name}.hand (ms BIGINT NOT NULL);
    INSERT INTO ${name}.hand VALUES (0);
    CREATE FUNCTION ${name}.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
      AS 'SELECT to_timestamp(ms / 1000.0) FROM ${name}.hand'`);
  return name;
}
