import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { type Finding, ok, problem } from '../../base/finding.ts';
import { isPostgres } from '../store/postgres-place.ts';
import { MIGRATIONS } from '../store/schema.ts';
import { OlderStoreError, openStore } from '../store/store.ts';
import { checkDatabase } from './database.ts';

/** Checks that the store can be written. For a file that does not exist it makes another one beside it, and removes it. */
export async function checkStore(place: string, clock: Clock, steps = MIGRATIONS): Promise<Finding[]> {
  if (isPostgres(place)) return checkDatabase(place, clock, steps);
  return [await checkFile(place, clock, steps)];
}

async function checkFile(path: string, clock: Clock, steps: readonly string[]): Promise<Finding> {
  const isThere = existsSync(path);
  const tried = isThere ? path : `${path}.check-${randomUUID()}`;
  try {
    const store = await openStore(tried, 'edit', { steps });
    await store.probe(clock.now()).finally(store.close);
    return ok(`The store ${path} can be ${isThere ? 'written' : 'made'}.`);
  } catch (error) {
    if (error instanceof OlderStoreError) return ok(messageOf(error));
    return problem(messageOf(error).replaceAll(tried, path));
  } finally {
    if (!isThere) for (const end of ['', '-wal', '-shm']) rmSync(`${tried}${end}`, { force: true });
  }
}
