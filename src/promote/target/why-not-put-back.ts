import { findObjects } from '../../qrs/apps/objects.ts';
import { hasContentOf, hasDataOf } from '../../qrs/apps/replace.ts';
import type { App } from '../../qrs/entities.ts';
import { readStamp, relation } from '../stamp.ts';
import { shownDigest, showsContentOf } from '../version.ts';
import { keepsOwnData } from './keep-data.ts';
import type { Place } from './ledger.ts';
import type { TargetRun } from './target-run.ts';

const CHANGED = 'somebody has changed it since.';
const NO_ANSWER = 'whether it was, or will be, replaced is not known.';

/** Why a rollback must leave the live app as it is; undefined where it is what this run made of it. */
export async function whyNotPutBack(
  run: TargetRun,
  place: Place,
  now: App,
  before: App,
): Promise<string | undefined> {
  const why = whyNotOurs(run, place, now, before) ?? whyNotAnothers(run, place, now, before);
  if (why !== undefined || keepsOwnData(run)) return why;
  return (await isEdited(run, place, now)) ? CHANGED : undefined;
}

function whyNotOurs(run: TargetRun, place: Place, now: App, before: App): string | undefined {
  const [copy] = run.ledger.copies;
  // An experimental call may have done half of its work: whatever differs from before is put back.
  if (keepsOwnData(run)) {
    if (now.modifiedDate === before.modifiedDate) return NO_ANSWER;
    const others = place.failure !== undefined && now.modifiedByUserName !== copy?.app?.modifiedByUserName;
    return others ? CHANGED : undefined;
  }
  const ours = copy?.app && (hasDataOf(now, copy.app) || now.lastReloadTime === place.wrote?.lastReloadTime);
  if (place.state !== 'confirmed' && !(copy?.app && hasContentOf(now, copy.app, before))) {
    return NO_ANSWER;
  }
  return ours === false ? CHANGED : undefined;
}

function whyNotAnothers({ plan }: TargetRun, place: Place, now: App, before: App): string | undefined {
  const stamp = readStamp(now.description);
  const written = readStamp(place.edits.at(-1)?.to.description ?? before.description);
  const other =
    plan.origin && relation(stamp, plan.origin) !== 'same' && stamp?.modified !== written?.modified;
  return stamp && other ? 'another run has replaced it since.' : undefined;
}

/**
 * Whether users see another content than this run brought, as far as the site shows it. An edit may leave the data as
 * they are; a date alone proves none, as a user's own sheet moves it, too.
 */
async function isEdited({ target, plan, ledger }: TargetRun, { wrote }: Place, now: App): Promise<boolean> {
  if (wrote && now.modifiedDate === wrote.modifiedDate) return false;
  const given = ledger.copies[0]?.app?.id;
  const objects = await findObjects(target, given === undefined ? [now.id] : [now.id, given]);
  const live = objects.get(now.id) ?? [];
  const stamp = readStamp(now.description);
  if (stamp?.shown !== undefined && plan.origin && relation(stamp, plan.origin) === 'same') {
    const shown = shownDigest(now, live);
    return shown !== undefined && shown !== stamp.shown;
  }
  return showsContentOf(now, live, objects.get(given ?? '') ?? []) === false;
}
