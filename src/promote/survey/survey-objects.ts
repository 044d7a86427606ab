import { messageOf, RemoteError } from '../../base/errors.ts';
import { type AppObject, findShownObjects } from '../../qrs/apps/objects.ts';
import type { Qrs } from '../../qrs/connection.ts';

/** The objects of apps by app id, as far as the site shows them. */
export interface SurveyedObjects {
  objects: ReadonlyMap<string, readonly AppObject[]>;
  /** Why a dry run could not read them. */
  unseen: string | undefined;
}

/**
 * Reads the objects of these apps. A dry run goes on without them, because it only says less then. A run does not: it
 * would find out after its first change that the site cannot show what came.
 */
export async function surveyObjects(
  qrs: Qrs,
  appIds: readonly string[],
  dryRun: boolean,
): Promise<SurveyedObjects> {
  try {
    return { objects: await findShownObjects(qrs, appIds), unseen: undefined };
  } catch (error) {
    if (!dryRun || !(error instanceof RemoteError)) throw error;
    return { objects: new Map(), unseen: messageOf(error) };
  }
}
