import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { findApps } from '../qrs/apps/find.ts';
import { connect, type Qrs } from '../qrs/connection.ts';
import { startsWith } from '../qrs/filter.ts';
import type { Site } from '../sites/site.ts';
import { filePrefix } from './app-file/transfer.ts';
import { removeCopy } from './remove-copy.ts';
import { BARE_PREFIX, readWorkingName } from './working-copy.ts';

/** What a run leaves for the step that tidies up if the run is killed. */
export interface Traces {
  /** The run's name, which is in the names of its files and working copies. */
  run: string;
  /** The folder with its files. */
  folder: string;
  /** The sites on which it works, by name. */
  sites: readonly string[];
  /** Names of the working copies that a replace is reading. */
  copiesInUse: readonly string[];
}

/** The longest time for tidying up, ms. */
const LONGEST = 30_000;

/**
 * Tidies up after a run that was killed: removes its files with data, and its working copies that are still
 * unpublished. Resolves to a sentence for each thing that it could not reach.
 */
export async function tidyUp(
  { run, folder, sites: names, copiesInUse }: Traces,
  sites: readonly Site[],
  { clock, log }: { clock: Clock; log: Log },
): Promise<string[]> {
  const signal = AbortSignal.timeout(LONGEST);
  const worked = sites.filter(({ name }) => names.includes(name));
  const tidied = worked.map(async site => {
    const qrs = connect(site, { clock, log, signal });
    try {
      return await removeCopies(qrs, run, copiesInUse);
    } catch (error) {
      return [`Working copies of run ${run} may be on site "${site.name}". ${messageOf(error)}`];
    } finally {
      await qrs.close();
    }
  });
  return (await Promise.all([removeFiles(folder, run, log), ...tidied])).flat();
}

async function removeFiles(folder: string, run: string, log: Log): Promise<string[]> {
  const failures: string[] = [];
  const files = await readdir(folder).catch(() => []);
  for (const name of files.filter(file => file.startsWith(filePrefix(run)))) {
    try {
      await rm(join(folder, name), { force: true });
      log.info(`Removed ${join(folder, name)}.`);
    } catch (error) {
      failures.push(
        `The file ${join(folder, name)} holds data of an app and could not be removed: ${messageOf(error)}.`,
      );
    }
  }
  return failures;
}

async function removeCopies(qrs: Qrs, run: string, copiesInUse: readonly string[]): Promise<string[]> {
  const sentences: string[] = [];
  const found = await findApps(qrs, 'look for working copies', [startsWith('name', BARE_PREFIX)]);
  const own = found.filter(({ name, published }) => !published && readWorkingName(name)?.run === run);
  for (const copy of own) {
    const where = (name: string) =>
      `A working copy stayed on site "${qrs.site.name}" (${copy.id}, "${name}")`;
    try {
      const now = await removeCopy(qrs, copy, copiesInUse.includes(copy.name) ? 'an app' : undefined);
      if (!now || now.published) continue;
      sentences.push(`${where(now.name)}, as a replace may still be reading it; a later run removes it.`);
    } catch (error) {
      sentences.push(`${where(copy.name)}. ${messageOf(error)}`);
    }
  }
  return sentences;
}
