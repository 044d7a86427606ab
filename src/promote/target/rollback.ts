import { messageOf } from '../../base/errors.ts';
import { readApp } from '../../qrs/apps/find.ts';
import { findObjects } from '../../qrs/apps/objects.ts';
import { hasDataOf, replaceApp } from '../../qrs/apps/replace.ts';
import { updateApp } from '../../qrs/apps/update.ts';
import { uploadApp } from '../../qrs/apps/upload.ts';
import type { App } from '../../qrs/entities.ts';
import { opener } from '../app-file/backup.ts';
import { inPlace } from '../plan/place.ts';
import { takeBackTasks } from '../reload-task/take-back-tasks.ts';
import { showsContentOf } from '../version.ts';
import { unlessSame } from './describe.ts';
import { keepsOwnData } from './keep-data.ts';
import { type Place, touched } from './ledger.ts';
import { isSame, type OwnField, withOwnFields } from './own-fields.ts';
import { makeCopy, surelyNot, type TargetRun } from './target-run.ts';
import { withoutEdits } from './three-way.ts';
import { whyNotPutBack } from './why-not-put-back.ts';
import { withdraw } from './withdraw.ts';

const GONE = 'it is not there any more.';
/** The first number for working copies of a rollback. */
const FIRST_PART = 1000;

/**
 * Undoes what this run did on the target, and nothing else. A replaced app gets back its old content, and the text,
 * tags, properties and owner that this run wrote and nobody has changed since; a published app is removed. Resolves to
 * a sentence for each place.
 */
export async function rollBack(run: TargetRun): Promise<string[]> {
  const { plan, ledger } = run;
  const target = run.target.under(run.cleanUp(true));
  const sentences = await takeBackTasks({ ...run, target });
  for (const [index, place] of [...ledger.places].reverse().entries()) {
    if (!touched(place) || !place.app) continue;
    const what = `"${plan.name}" ${inPlace(place.stream)}`;
    try {
      const kept = await undo({ ...run, target }, place, place.app, FIRST_PART + index);
      if (kept !== undefined) {
        sentences.push(`${what} was not rolled back: ${kept}`);
        continue;
      }
      // A call that lost its answer has its file already: nothing can hold it back.
      sentences.push(`${what} was rolled back${place.twice ? `, but ${MAY_YET}` : ''}.`);
      if (place.twice) place.unclear();
      else place.gone('rolled back');
      target.log.info(`${target.site.name}: rolled back ${what} (${place.app.id}).`);
    } catch (error) {
      sentences.push(`${what} could not be rolled back: ${messageOf(error)}`);
    }
  }
  return sentences;
}

/** Resolves to why the place stays as it is; undefined when it is undone. */
async function undo(run: TargetRun, place: Place, app: App, part: number): Promise<string | undefined> {
  const { target } = run;
  const { does, edits, state } = place;
  const now = await readApp(target, app.id);
  if (does === 'published') return now && takeAway(run, place, now);
  if (!now) return GONE;
  if (does === 'replaced') return putBack(run, place, now, part);
  let isEdited = state === 'confirmed';
  await updateApp(target, app, `put back app "${app.name}"`, read => {
    const wanted = unlessSame(read, withoutEdits(read, edits));
    isEdited ||= wanted !== undefined;
    return wanted;
  });
  return isEdited ? undefined : 'whether it was, or will be, brought up to date is not known.';
}

/** Removes what was published. A copy that may not have been published is removed later, with the working copies. */
async function takeAway(run: TargetRun, place: Place, now: App): Promise<string | undefined> {
  const { wrote, state } = place;
  if (!now.published) {
    return state === 'confirmed'
      ? 'it is not published any more.'
      : 'whether it will yet be published is not known.';
  }
  const known = wrote ?? { ...now, name: run.plan.name };
  const gone = await withdraw(run, known, known.modifiedByUserName).catch(error => {
    // The site may still remove it.
    if (!surelyNot(error)) place.unclear();
    throw error;
  });
  return gone ? undefined : `somebody has changed app ${now.id} since.`;
}

async function putBack(run: TargetRun, place: Place, live: App, part: number): Promise<string | undefined> {
  const { target, ledger } = run;
  const { before, edits } = place;
  const [working] = ledger.copies;
  const backup = before && ledger.backups.get(before.id);
  if (!before || !backup) throw new Error(`there is no backup of app ${live.id}`);
  const others = await whyNotPutBack(run, place, live, before);
  if (others !== undefined) return others;
  const options = { app: before.name, keepData: true, excludeConnections: false };
  const old = await makeCopy(run, part, (name, lost) =>
    uploadApp(target, name, opener(backup), { ...options, lost }),
  );
  // The upload may have taken long.
  const now = await readApp(target, live.id);
  if (!now) return GONE;
  const since =
    now.modifiedDate === live.modifiedDate ? undefined : await whyNotPutBack(run, place, now, before);
  if (since !== undefined) return since;
  try {
    await replaceApp(target, old, now);
  } catch (error) {
    if (!surelyNot(error)) {
      place.unclear();
      ledger.copy(old.name).gave(now.id);
    }
    throw error;
  }
  // From here on neither the old app nor the new one is there, whole, until the site shows the old one.
  if (place.state !== 'confirmed')
    place.noted(`the site gave no answer when app ${now.id} was replaced, and may yet do it`);
  place.unclear();
  const unseen = () => {
    // The site may still do it, and would then read the copy.
    ledger.copy(old.name).gave(now.id);
    return new Error(`site "${target.site.name}" does not show the old content of app ${now.id}.`);
  };
  if (await showsAnother(target, now, old)) throw unseen();
  const back = await updateApp(target, now, `put back app "${before.name}"`, read => {
    // A replace writes to the app.
    if (read.modifiedDate === now.modifiedDate) throw unseen();
    const files = keepsOwnData(run) ? [run.app] : [];
    const own = withOldValues(read, now, place, [old, ...files, ...(working?.app ? [working.app] : [])]);
    return withoutEdits(own, edits);
  });
  if (!hasDataOf(back, old)) throw unseen();
  return undefined;
}

/** Whether the live app surely has not got the old content. */
async function showsAnother(target: TargetRun['target'], live: App, old: App): Promise<boolean> {
  const objects = await findObjects(target, [live.id, old.id]);
  return showsContentOf(live, objects.get(live.id) ?? [], objects.get(old.id) ?? []) === false;
}

const MAY_YET =
  'the site may yet replace it, as a call got no answer: look at it again, and restore its backup';

/**
 * The app with its own fields, where a replace overwrote them by a working copy's (docs/qrs.md 9). `last` is the app
 * right before the rollback. Where a field of `last` is the working copy's, and nobody has set it so, `before` has its
 * value.
 */
function withOldValues(read: App, last: App, { before, wrote }: Place, givers: readonly App[]): App {
  const isForeign = (app: App, field: OwnField) => givers.some(giver => isSame(field, app, giver));
  const wasForeign = (field: OwnField) => isForeign(last, field) && (!wrote || isForeign(wrote, field));
  const known = before ? withOwnFields(last, before, wasForeign) : last;
  return withOwnFields(read, known, field => isForeign(read, field));
}
