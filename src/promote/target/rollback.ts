import { messageOf } from '../../base/errors.ts';
import { readApp } from '../../qrs/apps/find.ts';
import { hasContentOf, hasDataOf, replaceApp } from '../../qrs/apps/replace.ts';
import { updateApp } from '../../qrs/apps/update.ts';
import { uploadApp } from '../../qrs/apps/upload.ts';
import type { App } from '../../qrs/entities.ts';
import { opener } from '../app-file/backup.ts';
import { readStamp, relation } from '../stamp.ts';
import { readWorkingName } from '../working-copy.ts';
import { type Deed, touched } from './ledger.ts';
import { made, type Placing, surelyNot } from './target-run.ts';
import { withoutEdit } from './three-way.ts';
import { withdraw } from './withdraw.ts';

/** Parts of a run's working copies from here on are those that a rollback needs. */
const FIRST_PART = 1000;

/**
 * Undoes what this run did on the target, and nothing else: a replaced app gets its old content back, and of its text,
 * tags, properties and owner what this run wrote and nobody changed since; a newly published one is removed. Returns a
 * sentence for each thing that was put back, could not be, or is not known.
 */
export async function rollBack(placing: Placing): Promise<string[]> {
  const { plan, ledger } = placing;
  const target = placing.target.under(placing.cleanUp());
  const sentences: string[] = [];
  for (const [index, deed] of [...ledger.deeds].reverse().entries()) {
    if (!touched(deed) || !deed.app) continue;
    const what = `"${plan.name}" in stream "${deed.stream.name}"`;
    try {
      const kept = await undo({ ...placing, target }, deed, FIRST_PART + index);
      sentences.push(
        kept === undefined ? `${what} was rolled back.` : `${what} was not rolled back: ${kept}`,
      );
      if (kept !== undefined) continue;
      ledger.gone(deed.step, 'rolled back');
      target.log.info(`${target.site.name}: rolled back ${what} (${deed.app.id}).`);
    } catch (error) {
      sentences.push(`${what} could not be rolled back: ${messageOf(error)}`);
    }
  }
  return sentences;
}

/** Why it was left as it is; undefined once it is undone. */
async function undo(placing: Placing, deed: Deed, part: number): Promise<string | undefined> {
  const { target } = placing;
  const { app, does, edit } = deed;
  if (!app) return undefined;
  if (does === 'published') return takeAway(placing, deed);
  const now = await readApp(target, app.id);
  if (!now) return 'it is not there any more.';
  if (does === 'amended') {
    if (edit) await updateApp(target, app, `put back app "${app.name}"`, read => withoutEdit(read, edit));
    return undefined;
  }
  return putBack(placing, deed, now, part);
}

/** What was published goes, unless it was never surely published: then it goes with the working copies. */
async function takeAway({ target, plan }: Placing, { app, wrote, state }: Deed): Promise<string | undefined> {
  if (!app) return undefined;
  const now = await readApp(target, app.id);
  if (!now) return undefined;
  if (!now.published) {
    return state === 'confirmed'
      ? 'it is not published any more.'
      : 'whether it will yet be published is not known.';
  }
  const known = wrote ?? { ...now, name: plan.name };
  const gone = await withdraw(target, known, known.modifiedByUserName);
  return gone ? undefined : `somebody has changed app ${app.id} since.`;
}

async function putBack(placing: Placing, deed: Deed, now: App, part: number): Promise<string | undefined> {
  const { target, ledger } = placing;
  const { before, step, edit } = deed;
  const [working] = ledger.copies;
  const backup = before && ledger.backups.get(before.id);
  if (!before || !backup) throw new Error(`there is no backup of app ${now.id}`);
  const others = whyNot(placing, deed, now, before);
  if (others !== undefined) return others;
  const options = { app: before.name, keepData: true, excludeConnections: false };
  const old = await made(placing, part, (name, lost) =>
    uploadApp(target, name, opener(backup), { ...options, lost }),
  );
  try {
    await replaceApp(target, old, now);
  } catch (error) {
    if (!surelyNot(error)) {
      ledger.unclear(step);
      ledger.copy(old.name).gaveTo = now.id;
    }
    throw error;
  }
  const back = await updateApp(target, now, `put back app "${before.name}"`, read => {
    const own = ownText(read, now, before, [old, ...(working?.app ? [working.app] : [])]);
    return edit ? withoutEdit(own, edit) : own;
  });
  if (back.fileSize !== old.fileSize || back.lastReloadTime !== old.lastReloadTime) {
    throw new Error(`site "${target.site.name}" does not show the old content of app ${now.id}.`);
  }
  return undefined;
}

/** Why what is there now is not for this run to put back. */
function whyNot({ plan, ledger }: Placing, deed: Deed, now: App, before: App): string | undefined {
  const [copy] = ledger.copies;
  const ours = copy?.app && (hasDataOf(now, copy.app) || now.lastReloadTime === deed.wrote?.lastReloadTime);
  if (deed.state !== 'confirmed' && !(copy?.app && hasContentOf(now, copy.app, before))) {
    return 'whether it was, or will be, replaced is not known: the site gave no answer.';
  }
  if (ours === false) return 'somebody has changed it since.';
  const stamp = readStamp(now.description);
  const written = readStamp(deed.edit?.to.description ?? before.description);
  const other =
    plan.origin && relation(stamp, plan.origin) !== 'same' && stamp?.modified !== written?.modified;
  return stamp && other ? 'another run has replaced it since.' : undefined;
}

/** Where a replace gave the app the name or the text of a working copy (docs/qrs.md 9), it gets its own again. */
function ownText(read: App, last: App, before: App, givers: readonly App[]): App {
  const foreign = (text: string) => givers.some(({ description }) => description === text);
  const kept = foreign(last.description) ? before.description : last.description;
  return {
    ...read,
    name: readWorkingName(read.name) ? (readWorkingName(last.name) ? before.name : last.name) : read.name,
    description: foreign(read.description) ? kept : read.description,
  };
}
