import { execute } from '../../test/relay/store-place.ts';

/** How much is measured: all of it, or a look that takes two minutes. */
export interface Size {
  relays: readonly number[];
  /** Notifications of a round, and rounds. */
  notifications: number;
  rounds: number;
  commits: number;
  /** Changes that arrive in a burst, and are read back. */
  burst: number;
  /** Rows that wait. */
  backlogs: readonly number[];
  claims: number;
}

export const FULL: Size = {
  relays: [1, 2, 4],
  notifications: 5_000,
  rounds: 3,
  commits: 1_000,
  burst: 10_000,
  backlogs: [1_000, 100_000, 1_000_000],
  claims: 1_000,
};

export const SHORT: Size = {
  relays: [1, 2],
  notifications: 1_000,
  rounds: 1,
  commits: 300,
  burst: 2_000,
  backlogs: [1_000, 20_000],
  claims: 200,
};

const COLUMNS = `id, seq, subscription, site, repository, entity, object, change, changed, certain, count, first, last,
  due, deadline, payload, unread, modified, mark, updated`;

/** Adds changes that were read back and wait to be dispatched: to both engines in the same words. */
export async function fill(place: string, rows: number): Promise<void> {
  await execute(
    place,
    `INSERT INTO delivery (${COLUMNS})
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      SELECT 'row-' || i, i, 'apps', 'dev', 'acme/events', 'App', 'app-' || i, 'update', '["name"]', 1, 1, i, i,
        i, i, '{"count":1,"changed":["name"]}', 0, 1000, '', i FROM n`,
  );
  await execute(place, 'ANALYZE');
}
