import { messageOf, RemoteError } from '../../base/errors.ts';
import { removeApp } from '../../qrs/apps/remove.ts';
import type { App } from '../../qrs/entities.ts';
import { backUp } from '../app-file/backup.ts';
import type { TargetOutcome } from '../outcome.ts';
import { lackingAttributes } from '../plan/attributes.ts';
import { bringReloadTasks } from '../reload-task/bring-reload-tasks.ts';
import { decidePlace } from './decide-place.ts';
import { amend } from './describe.ts';
import { describeLive } from './describe-live.ts';
import { type Act, goLive } from './go-live.ts';
import { keptAlive } from './keep-alive.ts';
import { refuseEmpty } from './keep-data.ts';
import { outcomesOf } from './ledger.ts';
import { makeWorkingCopy } from './make-working-copy.ts';
import { noteAbsent } from './note-absent.ts';
import { LONGEST_RELOAD, reloadLive, reloadWorkingCopy, waitForReloads } from './reload-steps.ts';
import { rollBack } from './rollback.ts';
import { needsSweep, sweep } from './sweep.ts';
import type { TargetRun } from './target-run.ts';
import { takeTurn } from './turn.ts';
import { verify } from './verify.ts';
import { withdrawTwin } from './withdraw.ts';

/**
 * Brings an app to the streams of one target site, with one upload for all streams. Users see a change from the old app
 * to the new one in single calls of the site; everything before happens to a working copy. Never throws: the outcome
 * holds the failures.
 */
export async function promoteToTarget(run: TargetRun): Promise<TargetOutcome> {
  const { target, plan, ledger } = run;
  const started = target.clock.now();
  let reloaded = new Set<string>();
  let skipped: string | undefined;
  let away: TargetOutcome['away'];
  const failures: string[] = [];
  const ofPlaces = () => ledger.places.flatMap(({ failure }) => failure ?? []);
  try {
    skipped = await carryOut(run);
    failures.push(...ofPlaces());
    if (skipped === undefined && failures.length === 0) {
      reloaded = await reloadLive(run);
      await bringReloadTasks(run);
    }
  } catch (error) {
    if (error instanceof RemoteError) away = error.away;
    failures.push(messageOf(error), ...ofPlaces());
  }
  if (failures.length > 0 && plan.options.rollback) failures.push(...(await rollBack(run)));
  if (failures.length > 0) doubtReplaces(run);
  const left = needsSweep(ledger) ? await sweep(run) : [];
  if (failures.length > 0 && away === undefined) await noteAbsent(run);
  return {
    plan,
    streams: outcomesOf(ledger).map(one =>
      one.app && reloaded.has(one.app.id) ? { ...one, reloaded: true } : one,
    ),
    left,
    took: target.clock.now() - started,
    ...(skipped === undefined ? {} : { skipped }),
    ...(failures.length === 0 ? {} : { failure: failures.join(' ') }),
    ...(away === undefined ? {} : { away }),
  };
}

/** Where a run broke off, a replace is proved only by a reading of the app since: QRS may answer it by anything. */
function doubtReplaces({ ledger }: TargetRun): void {
  for (const place of ledger.places) {
    if (place.state === 'confirmed' && place.does === 'replaced' && !place.wrote) place.unclear();
  }
}

/** Resolves to why the target must not get the app any more; undefined when it got it. */
async function carryOut(run: TargetRun): Promise<string | undefined> {
  const { target, plan, ledger } = run;
  for (const twin of plan.twins) await withdrawTwin(run, twin, twin.modifiedByUserName);
  for (const place of ledger.places) {
    if (place.step.do === 'keep') place.confirmed({ does: 'kept', app: place.step.app });
  }
  if (ledger.places.some(({ state }) => state === 'idle')) {
    const skipped = await bring(run);
    if (skipped !== undefined) return skipped;
  }
  for (const place of ledger.places) {
    const { does, app } = place;
    if (does === 'kept' && app && lackingAttributes(app, plan.attributes).length > 0)
      await amend(run, place, app);
  }
  await verify(run);
  // Until now other runs waited because of the working copy.
  for (const copy of ledger.copies) {
    if (copy.state !== 'there' || !copy.app) continue;
    await removeApp(target, copy.app);
    copy.removed();
  }
  return undefined;
}

async function bring(run: TargetRun): Promise<string | undefined> {
  const { plan, target, ledger } = run;
  const made = await run.slot(async () => {
    const fresh = await makeWorkingCopy(run);
    // During a reload of the copy, the site itself shows that somebody uses it.
    if (plan.options.reload === 'before') ledger.copy(fresh.name).shown(await reloadWorkingCopy(run, fresh));
    return fresh;
  });
  const copy = ledger.copy(made.name);
  const ready = await keptAlive(target, copy, () => untilReady(run, made));
  if ('skipped' in ready) return ready.skipped;
  const working = copy.app ?? made;
  await goLive(run, working, ready.acts);
  await describeLive(run, working);
  return undefined;
}

/** The most backups of an app that keeps changing meanwhile. */
const BACKUPS = 3;

/**
 * Prepares everything, for however long that takes, and then reads once more whether the source still asks, and what
 * has arrived in the places since. Right after, the app goes live.
 */
async function untilReady(
  run: TargetRun,
  working: App,
): Promise<{ acts: readonly Act[] } | { skipped: string }> {
  const patience = { others: run.spec.waitForOthers, reloads: LONGEST_RELOAD };
  for (let backups = 0; ; ) {
    await makeStreams(run);
    const asked = await run.askAgain();
    if (!asked.asked) return { skipped: asked.reason };
    const { reading, waited } = await takeTurn(run, working, patience.others);
    patience.others -= waited;
    const acts = run.ledger.places
      .filter(({ state }) => state === 'idle')
      .map(place => ({ place, action: refuseEmpty(run, working, place, decidePlace(place, reading, run)) }));
    const replaced = acts.flatMap(({ action }) => (action.do === 'replace' ? [action.app] : []));
    const reloading = await waitForReloads(run, replaced, patience.reloads);
    patience.reloads -= reloading;
    if (waited > 0 || reloading > 0) continue;
    if (!(await backUpAll(run, replaced))) return { acts: noteUntouched(run, acts) };
    backups += 1;
    if (backups > BACKUPS) throw keepsChanging(run);
  }
}

async function makeStreams({ ledger, streamId }: TargetRun): Promise<void> {
  for (const place of ledger.places) {
    if (place.step.do === 'publish' && place.stream.id === undefined)
      place.streamIs(await streamId(place.stream.name));
  }
}

/** With a rollback, one place that cannot get the app stops the target's other places, too. */
function noteUntouched({ plan }: TargetRun, acts: readonly Act[]): readonly Act[] {
  for (const { place, action } of acts) {
    if (action.do === 'fail') place.failed(action.why);
    if (action.do === 'keep') {
      place.confirmed({ does: 'kept', app: action.app });
      place.noted(action.note);
    }
  }
  const fails = acts.some(({ action }) => action.do === 'fail');
  return fails && plan.options.rollback ? [] : acts;
}

/**
 * Makes all backups before the first replace, so that a failed one has changed nothing. Resolves to whether any was
 * due.
 */
async function backUpAll(
  { target, plan, ledger, spec, slot }: TargetRun,
  apps: readonly App[],
): Promise<boolean> {
  const { backup, backupContent: content } = plan.options;
  if (backup === undefined) return false;
  const due = apps.filter(
    ({ id, modifiedDate }) => ledger.backups.get(id)?.app.modifiedDate !== modifiedDate,
  );
  for (const app of due) {
    const kept = await slot(() => backUp(target, app, { folder: backup, content, maxSize: spec.maxSize }));
    ledger.backups.set(app.id, kept);
    target.log.info(`${target.site.name}: backed up "${app.name}" (${app.id}) to ${kept.file}.`);
  }
  return due.length > 0;
}

function keepsChanging({ target, plan }: TargetRun): RemoteError {
  return new RemoteError({
    site: target.site.name,
    attempt: `keep "${plan.name}" as it is while it is backed up`,
    answer: `it has changed during each of ${BACKUPS} backups`,
    failed: true,
    mayBeDone: false,
    final: true,
  });
}
