import { RemoteError } from '../../base/errors.ts';
import type { App } from '../../qrs/entities.ts';
import type { Transfer } from '../app-file/transfer.ts';
import type { TargetPlan } from '../plan/planned.ts';
import type { RunContext, SiteContext } from '../run-context.ts';
import type { SourceReading } from '../source/source-now.ts';
import { workingName } from '../working-copy.ts';
import type { Ledger } from './ledger.ts';

/** What it takes to bring one app to one target. */
export interface TargetRun extends RunContext, SiteContext {
  plan: TargetPlan;
  /** The source app in the version that is brought. */
  app: App;
  /** The app comes from a file, which has no place among the versions of the source app. */
  fromFile: boolean;
  transfer: Transfer;
  ledger: Ledger;
  /** Reads the source app again: does it still ask for this target? */
  askAgain: () => Promise<SourceReading>;
}

/** Whether the site surely has not done what it was asked: it said no, and every earlier try got an answer too. */
export function surelyNot(error: unknown): boolean {
  return error instanceof RemoteError && !error.mayBeDone;
}

/**
 * Makes a working copy. The ledger has its name before the site is asked, and until the site clearly says no. `make`
 * calls `lost` for each lost answer, as the site may still be making the copy.
 */
export async function makeCopy(
  { app, run, ledger }: TargetRun,
  part: number,
  make: (name: string, lost: () => void) => Promise<App>,
): Promise<App> {
  const copy = ledger.copy(workingName(app.id, run, part));
  try {
    const made = await make(copy.name, copy.answerLost);
    copy.shown(made);
    return made;
  } catch (error) {
    if (surelyNot(error)) copy.refused();
    else copy.answerLost();
    throw error;
  }
}
