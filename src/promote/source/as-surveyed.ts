import { findObjects } from '../../qrs/apps/objects.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import type { AppPlan } from '../plan/planned.ts';
import { sourceDigest } from '../version.ts';

/**
 * Whether a source app is, apart from its tags and data, as it was when the plan was made: then what was carried out
 * is what the app is. A reload alone changes nothing of that. Where the site does not show what the app is made of,
 * its date decides.
 */
export async function isAsSurveyed({ app, content }: AppPlan, now: App, source: Qrs): Promise<boolean> {
  if (now.modifiedDate === app.modifiedDate) return true;
  if (content === undefined || besides(now) !== besides(app)) return false;
  const objects = (await findObjects(source, [now.id])).get(now.id) ?? [];
  return sourceDigest(now, objects, false) === content;
}

/** What belongs to the app beside its content. */
function besides({ published, stream, owner, customProperties }: App): string {
  const rows = customProperties.map(({ definition, value }) => JSON.stringify([definition.id, value])).sort();
  return JSON.stringify([published, stream?.id ?? '', owner?.id ?? '', rows]);
}
