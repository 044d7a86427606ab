import { findObjects } from '../../qrs/apps/objects.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import type { TargetPlan } from '../plan/planned.ts';
import { sourceDigest } from '../version.ts';

/** A version of the source app, as it was read. */
export interface Version {
  app: App;
  /** Of its content; undefined where the site does not show it. */
  digest: string | undefined;
}

/**
 * The version that a later reading of the source app shows; undefined where its content is still the known one. An app
 * that nobody has written to since the survey did not change while its file was made either.
 */
export async function newerVersion(
  known: Version,
  now: App,
  source: Qrs,
  data: boolean,
): Promise<Version | undefined> {
  if (now.modifiedDate === known.app.modifiedDate) return undefined;
  const digest = sourceDigest(now, (await findObjects(source, [now.id])).get(now.id) ?? [], data);
  return digest !== undefined && digest === known.digest ? undefined : { app: now, digest };
}

/** The plan of a target for a version that is not the surveyed one: its stamp tells of that. Pure. */
export function asVersion(target: TargetPlan, { app, digest }: Version): TargetPlan {
  if (!target.origin) return target;
  const { digest: _, ...origin } = target.origin;
  const now = { ...origin, modified: app.modifiedDate, ...(digest === undefined ? {} : { digest }) };
  return { ...target, origin: now };
}
