import { RemoteError } from '../base/errors.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import type { BackedUp } from './backup.ts';
import type { StreamOutcome } from './outcome.ts';
import type { Step } from './planned.ts';
import type { Transfer } from './transfer.ts';
import { workingName } from './working-copy.ts';

/** What bringing one app to one target needs. */
export interface Placing {
  target: Qrs;
  /** The app as it was surveyed. */
  app: App;
  transfer: Transfer;
  /** Names this run in the names of working copies. */
  run: string;
  /** What stamps say of the run: `run <link>, by anna`. */
  credit: string;
  /** Where script logs of failed reloads are kept. */
  logs: string;
  /** This run's working copies here, by name; without an id as long as the site has not said that it is there. */
  copies: Map<string, string | undefined>;
  /** The apps that were replaced, as they were right before, by id. */
  before: Map<string, App>;
  /** What was exported before it was replaced, by app id. */
  backups: Map<string, BackedUp>;
  /** The ids of a stream and a tag of that name on this site; made once, if they are not there. */
  streamId: (name: string) => Promise<string>;
  tagId: (name: string) => Promise<string>;
  /** Gives the signal under which things may still be put in order after a failure or a cancellation. */
  cleanUp: () => AbortSignal;
}

/** What was done so far, step by step. */
export type Progress = Map<Step, StreamOutcome>;

/** Makes a working copy; its name is on record from before the site is asked until it has clearly said no. */
export async function made(
  { app, run, copies }: Placing,
  part: number,
  make: (name: string) => Promise<App>,
): Promise<App> {
  const name = workingName(app.id, run, part);
  copies.set(name, undefined);
  try {
    const copy = await make(name);
    copies.set(name, copy.id);
    return copy;
  } catch (error) {
    if (error instanceof RemoteError && !error.mayBeDone) copies.delete(name);
    throw error;
  }
}
