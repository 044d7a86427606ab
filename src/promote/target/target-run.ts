import { RemoteError } from '../../base/errors.ts';
import type { App } from '../../qrs/entities.ts';
import type { Transfer } from '../app-file/transfer.ts';
import type { TargetPlan } from '../plan/planned.ts';
import type { RunContext, SiteContext } from '../run-context.ts';
import type { SourceReading } from '../source/source-now.ts';
import { workingName } from '../working-copy.ts';
import type { Ledger } from './ledger.ts';

/** What one app's promotion to one target needs. */
export interface TargetRun extends RunContext, SiteContext {
  plan: TargetPlan;
  /** The source app in the promoted version. */
  app: App;
  /** The app comes from a file, which is not a version of the source app. */
  fromFile: boolean;
  transfer: Transfer;
  ledger: Ledger;
  /** Reads the source app again: does it still ask for this target? */
  askAgain: () => Promise<SourceReading>;
}

/** Whether the site surely did not make the change: it refused, and every earlier try got an answer too. */
export function surelyNot(error: unknown): boolean {
  return error instanceof RemoteError && !error.mayBeDone;
}

/**
 * Makes a working copy. The ledger keeps its name from before the request until the site clearly refuses. `make` calls
 * `lost` for each lost answer, because the site may still be making the copy.
 */
export async function makeCopy(
  { app, run, ledger, plan }: TargetRun,
  part: number,
  make: (name: string, lost: () => void) => Promise<App>,
): Promise<App> {
  const copy = ledger.copy(workingName(app.id, run, plan.copies + part));
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
