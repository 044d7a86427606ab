import { formatDuration } from '../../base/units.ts';
import { whileWaiting } from '../../base/waiting.ts';
import type { App } from '../../qrs/entities.ts';
import { isOlder, lastSign, readWorkingName, siteTime } from '../working-copy.ts';
import { type PlacesReading, readPlaces } from './read-places.ts';
import type { TargetRun } from './target-run.ts';

/** A run without a sign of life for so long is not waited for. Ms. */
const LIVES = 15 * 60_000;
/** Between two readings: 2, 4, 8, then 15 seconds. */
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 15_000;

/** A reading of the target at a moment when no run is ahead of this one, and how long the run waited for that, ms. */
export interface Turn {
  reading: PlacesReading;
  waited: number;
}

/**
 * Waits for this run's turn. The site orders all runs that promote one app to it, by the dates and ids of their working
 * copies. A run waits for older ones as long as these show signs of life, and for `patience` ms at most.
 */
export async function takeTurn(run: TargetRun, working: App, patience: number): Promise<Turn> {
  const { target, plan } = run;
  let waited = 0;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    const reading = await readPlaces(run);
    const [first] = waited < patience ? await ahead(run, reading, working) : [];
    if (!first) return { reading, waited };
    if (waited === 0) {
      const other = readWorkingName(first.name)?.run;
      target.log.info(
        `${target.site.name}: waiting for run ${other}, which promotes "${plan.name}" too ` +
          `(working copy ${first.id}), for ${formatDuration(patience)} at most.`,
      );
    }
    const next = Math.min(pause, patience - waited);
    const before = waited;
    await whileWaiting(
      target.log,
      () => `${target.site.name}: waiting for another run of "${plan.name}" for ${formatDuration(before)}`,
      () => target.clock.sleep(next, target.signal),
    );
    waited += next;
  }
}

/** Older working copies of other runs that are still at work. */
async function ahead(
  { target, run, reloading }: TargetRun,
  { copies }: PlacesReading,
  working: App,
): Promise<App[]> {
  const mine = copies.find(({ id }) => id === working.id) ?? working;
  const older = copies.filter(copy => isOlder(copy, mine) && isOthers(copy, run));
  const quiet = older.filter(copy => siteTime(target) - lastSign(copy) >= LIVES);
  const inReload = quiet.length > 0 ? await reloading() : new Set<string>();
  return older.filter(copy => !quiet.includes(copy) || inReload.has(copy.id));
}

/** A copy that an unanswered replace may be reading belongs to a run that has ended. */
function isOthers({ name }: App, run: string): boolean {
  const named = readWorkingName(name);
  return named !== undefined && named.run !== run && !named.giver;
}
