import { RemoteError } from '../../base/errors.ts';
import { type AppObject, findObjects } from '../../qrs/apps/objects.ts';
import { replaceByUpload } from '../../qrs/apps/replace-by-upload.ts';
import type { App } from '../../qrs/entities.ts';
import { inPlace } from '../plan/place.ts';
import { isPublic, showsScript } from '../version.ts';
import type { Action } from './decide-place.ts';
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
export function replaceKeepingData(
  run: TargetRun,
  working: App,
  place: Place,
  before: App,
): Promise<App | undefined> {
  return replaceByUpload(run.target, before, run.transfer.open, {
    isDone: async now => hasArrived(run, working, before, now),
    repeats: () => place.repeated(),
  });
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

/** The part of its size by which an app without data may differ from a file of the same design. */
const SAME_SIZE = 0.02;

/**
 * Refuses to replace an app that is as large as the new file without data. A call that loses the data would leave
 * such an app, and the next run must not take it for a success.
 */
export function refuseEmpty({ plan }: TargetRun, working: App, { stream }: Place, action: Action): Action {
  if (action.do !== 'replace' || !keepsOwnData({ plan }) || plan.options.allowEmpty) return action;
  const [size, empty] = [action.app.fileSize, working.fileSize];
  // Some sites give no size, or 0.
  if (!size || !empty || Math.abs(size - empty) > SAME_SIZE * empty) return action;
  const why =
    `Nothing was changed ${inPlace(stream)}: app ${action.app.id} seems to have no data that it could keep ` +
    `(${size} bytes, and the new file without data ${empty}). Reload it or restore its backup first, or say ` +
    '"allow-empty: true" if that is meant.';
  return { do: 'fail', why };
}

/**
 * Checks, as far as QRS shows it, that a live app still has its data: it must not have shrunk to the size of the working
 * copy, which has none. Throws RemoteError where it has. Another reload time alone is a note.
 */
export function checkOwnData({ target }: TargetRun, place: Place, working: App, now: App): void {
  const { before } = place;
  if (!before) return;
  const [size, had, empty] = [now.fileSize, before.fileSize, working.fileSize];
  const isComparable = size && had && empty && had >= 2 * empty;
  if (!isComparable) {
    place.noted(`its size does not show whether app ${now.id} kept its data, so that is not known`);
  } else if (Math.abs(size - empty) < Math.abs(size - had)) {
    throw new RemoteError({
      site: target.site.name,
      attempt: `replace app "${before.name}" (${before.id}), and keep its data`,
      answer: `the app has lost its data: ${had} bytes before, ${size} now`,
      failed: true,
      mayBeDone: true,
      final: true,
    });
  }
  if (now.lastReloadTime !== before.lastReloadTime)
    place.noted(
      `the site shows another reload time since app ${now.id} was replaced, so whether its data are its own is not known`,
    );
}
