import { RemoteError } from '../../base/errors.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import type { Transfer } from '../app-file/transfer.ts';
import type { TargetPlan } from '../plan/planned.ts';
import type { SourceReading } from '../source/ask-again.ts';
import { workingName } from '../working-copy.ts';
import type { Ledger } from './ledger.ts';

/** What bringing one app to one target needs. */
export interface Placing {
  plan: TargetPlan;
  target: Qrs;
  /** The app as it was surveyed. */
  app: App;
  /** What this run did here so far. */
  ledger: Ledger;
  transfer: Transfer;
  /** Names this run in the names of working copies. */
  run: string;
  /** What stamps say of the run: `run <link>, by anna`. */
  credit: string;
  /** Told when a replace begins, and no longer, to read a working copy, by name. */
  giving: (copy: string, now: boolean) => void;
  /** Where script logs of failed reloads are kept. */
  logs: string;
  /** It comes from a file, which has no place among the versions of the source app. */
  fromFile: boolean;
  /** How long to wait for older runs that promote the same app to this site, ms. */
  waitForOthers: number;
  /** Bytes of a backup of an app whose size the site does not say; undefined: what the disk has room for. */
  maxSize: number | undefined;
  /** The ids of a stream and a tag of that name on this site; made once, if they are not there. */
  streamId: (name: string) => Promise<string>;
  tagId: (name: string) => Promise<string>;
  /** Reads the source again: whether the app is still to go here. */
  askAgain: () => Promise<SourceReading>;
  /** Gives the signal under which things may still be put in order after a failure or a cancellation. */
  cleanUp: () => AbortSignal;
}

/** A site that says no to the last try, and was never unclear before, has not done it. */
export function surelyNot(error: unknown): boolean {
  return error instanceof RemoteError && !error.mayBeDone;
}

/**
 * Makes a working copy. Its name is on record from before the site is asked until it has clearly said no; `lost`
 * is to be called when an answer did not come, as the site may still be making it.
 */
export async function made(
  { app, run, ledger }: Placing,
  part: number,
  make: (name: string, lost: () => void) => Promise<App>,
): Promise<App> {
  const copy = ledger.copy(workingName(app.id, run, part));
  const lost = () => {
    copy.lost = true;
  };
  try {
    copy.app = await make(copy.name, lost);
    copy.state = 'there';
    return copy.app;
  } catch (error) {
    if (!surelyNot(error)) copy.lost = true;
    else if (!copy.lost) copy.state = 'gone';
    throw error;
  }
}
