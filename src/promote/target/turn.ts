import { formatDuration } from '../../base/units.ts';
import { whileWaiting } from '../../base/waiting.ts';
import { appsInReload } from '../../qrs/apps/reloading.ts';
import type { App } from '../../qrs/entities.ts';
import { lastSign, siteTime } from '../whose.ts';
import { readWorkingName } from '../working-copy.ts';
import { look, type Seen } from './read-places.ts';
import type { Placing } from './target-run.ts';

/** A run without a sign of life for so long is not waited for. Ms. */
const LIVES = 15 * 60_000;
/** Between two looks: 2, 4, 8, then 15 seconds. */
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 15_000;

/** A look at the target when nobody is ahead of this run, and how long that had to be waited for, ms. */
export interface Turn {
  seen: Seen;
  waited: number;
}

/**
 * Runs that promote one app to one site take turns: the site itself orders them, by the dates and ids of their working
 * copies. A run waits for the older ones to go, as long as these show signs of life, and for `patience` ms at most.
 */
export async function takeTurn(placing: Placing, working: App, patience: number): Promise<Turn> {
  const { target, plan } = placing;
  let waited = 0;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    const seen = await look(placing);
    const [first] = waited < patience ? await ahead(placing, seen, working) : [];
    if (!first) return { seen, waited };
    if (waited === 0) {
      const run = readWorkingName(first.name)?.run;
      target.log.info(
        `${target.site.name}: waiting for run ${run}, which promotes "${plan.name}" too ` +
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
async function ahead({ target, run }: Placing, { copies }: Seen, working: App): Promise<App[]> {
  const mine = copies.find(({ id }) => id === working.id) ?? working;
  const older = copies.filter(copy => isOlder(copy, mine) && isOthers(copy, run));
  const quiet = older.filter(copy => siteTime(target) - lastSign(copy) >= LIVES);
  const reloading = quiet.length > 0 ? await appsInReload(target) : new Set<string>();
  return older.filter(copy => !quiet.includes(copy) || reloading.has(copy.id));
}

function isOlder(one: App, other: App): boolean {
  const apart = Date.parse(one.createdDate) - Date.parse(other.createdDate);
  return apart < 0 || (apart === 0 && one.id < other.id);
}

/** The giver of an unclear replace belongs to a run that has ended. */
function isOthers({ name }: App, run: string): boolean {
  const named = readWorkingName(name);
  return named !== undefined && named.run !== run && !named.giver;
}
