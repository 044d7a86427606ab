import { RemoteError } from '../../base/errors.ts';
import { type AppObject, findObjects } from '../../qrs/apps/objects.ts';
import { replaceByUpload } from '../../qrs/apps/replace-by-upload.ts';
import type { App } from '../../qrs/entities.ts';
import { isPublic, showsScript } from '../version.ts';
import type { Place } from './ledger.ts';
import type { TargetRun } from './target-run.ts';

/** Whether the replaced apps of this target keep their own data. */
export function keepsOwnData({ plan }: Pick<TargetRun, 'plan'>): boolean {
  return plan.options.data === 'target';
}

/**
 * Replaces the live app by the file, and keeps its data (docs/qrs.md 4.10). The working copy of the same file, without
 * data, gave the run its turn, and shows what the live app must show afterwards.
 */
export function replaceKeepingData(run: TargetRun, working: App, before: App): Promise<App | undefined> {
  const isDone = async (now: App) => hasArrived(run, working, before, now);
  return replaceByUpload(run.target, before, run.transfer.open, isDone);
}

/**
 * Whether the live app shows what the working copy shows. Its data say nothing, as they are its own, and neither do
 * hashes: a site may make new ones (docs/qrs.md 9). So it was written to, and has the same objects; where the site shows
 * no objects, the date decides.
 */
export async function hasArrived(
  { target }: TargetRun,
  working: App,
  before: App,
  now: App,
): Promise<boolean> {
  if (now.modifiedDate === before.modifiedDate) return false;
  const objects = await findObjects(target, [working.id, now.id]);
  const [brought, live] = [objects.get(working.id) ?? [], objects.get(now.id) ?? []];
  if (!showsScript(brought) || !showsScript(live)) return true;
  return idsOf(brought) === idsOf(now.published ? live.filter(isPublic) : live);
}

function idsOf(objects: readonly AppObject[]): string {
  return JSON.stringify(objects.map(({ engineObjectId }) => engineObjectId).sort());
}

/**
 * Checks, as far as QRS shows it, that a live app still has its data: it must not have shrunk to the size of the working
 * copy, which has none. Throws RemoteError where it has. Another reload time alone is a note.
 */
export function checkOwnData({ target }: TargetRun, place: Place, working: App, now: App): void {
  const { before } = place;
  if (!before) return;
  const [size, had, empty] = [now.fileSize, before.fileSize, working.fileSize];
  const isComparable = size !== undefined && had !== undefined && empty !== undefined && had >= 2 * empty;
  if (isComparable && Math.abs(size - empty) < Math.abs(size - had)) {
    throw new RemoteError({
      site: target.site.name,
      attempt: `replace app "${before.name}" (${before.id}), and keep its data`,
      answer: `it did so, but the app has lost its data: ${had} bytes before, ${size} now`,
      mayBeDone: true,
      final: true,
    });
  }
  if (now.lastReloadTime !== before.lastReloadTime)
    place.noted(
      `the site shows another reload time since app ${now.id} was replaced, so whether its data are its own is not known`,
    );
}
