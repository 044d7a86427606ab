import { messageOf, RemoteError } from '../../base/errors.ts';
import { removeApp } from '../../qrs/apps/remove.ts';
import type { App } from '../../qrs/entities.ts';
import { backUp } from '../app-file/backup.ts';
import type { TargetOutcome } from '../outcome.ts';
import { lackingAttributes } from '../plan/attributes.ts';
import { decidePlace } from './decide-place.ts';
import { amend } from './describe.ts';
import { describeLive } from './describe-live.ts';
import { type Act, goLive } from './go-live.ts';
import { keptAlive } from './keep-alive.ts';
import { outcomesOf } from './ledger.ts';
import { makeWorkingCopy } from './make-working-copy.ts';
import type { Seen } from './read-places.ts';
import { LONGEST_RELOAD, reloadFirst, reloadLive, waitForReloads } from './reload-steps.ts';
import { rollBack } from './rollback.ts';
import { needsSweep, sweep } from './sweep.ts';
import type { Placing } from './target-run.ts';
import { takeTurn } from './turn.ts';
import { verify } from './verify.ts';
import { withdraw } from './withdraw.ts';

/**
 * Brings an app to the streams of one target site: one upload, whatever the number of streams. What users see
 * changes in single calls of the site, from the old app to the new one; everything before happens to a working
 * copy. Never throws: what went wrong is in the outcome.
 */
export async function place(placing: Placing): Promise<TargetOutcome> {
  const { target, plan, ledger } = placing;
  const started = target.clock.now();
  let reloaded = new Set<string>();
  let skipped: string | undefined;
  let away: TargetOutcome['away'];
  const failures: string[] = [];
  try {
    skipped = await carryOut(placing);
    failures.push(...ledger.deeds.flatMap(({ failure }) => failure ?? []));
    if (skipped === undefined && failures.length === 0) reloaded = await reloadLive(placing);
  } catch (error) {
    if (error instanceof RemoteError) away = error.away;
    failures.push(messageOf(error), ...ledger.deeds.flatMap(({ failure }) => failure ?? []));
  }
  if (failures.length > 0 && plan.options.rollback) failures.push(...(await rollBack(placing)));
  const left = needsSweep(ledger) ? await sweep(placing) : [];
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

/** Why the target is no longer to get the app; undefined when it got it. */
async function carryOut(placing: Placing): Promise<string | undefined> {
  const { plan, ledger } = placing;
  await withdrawTwins(placing);
  for (const { step } of ledger.deeds) {
    if (step.do === 'keep') ledger.confirmed(step, { does: 'kept', app: step.app });
  }
  const brings = ledger.deeds.some(({ state }) => state === 'idle');
  const skipped = brings ? await bring(placing) : undefined;
  if (skipped !== undefined) return skipped;
  for (const deed of ledger.deeds) {
    const { does, app } = deed;
    if (does === 'kept' && app && lackingAttributes(app, plan.attributes).length > 0)
      await amend(placing, deed, app);
  }
  await verify(placing);
  await removeCopies(placing);
  return undefined;
}

/** Two of one version that a run which died left: the plan says which one goes. */
async function withdrawTwins({ target, plan }: Placing): Promise<void> {
  for (const twin of plan.twins) {
    if (!(await withdraw(target, twin, twin.modifiedByUserName))) continue;
    target.log.info(`${target.site.name}: withdrew "${twin.name}" (${twin.id}), a second one in its stream.`);
  }
}

/** Until now the working copy kept others waiting. */
async function removeCopies({ target, ledger }: Placing): Promise<void> {
  for (const copy of ledger.copies) {
    if (copy.state !== 'there' || !copy.app) continue;
    await removeApp(target, copy.app);
    copy.state = 'gone';
  }
}

async function bring(placing: Placing): Promise<string | undefined> {
  const { plan, ledger } = placing;
  const made = await makeWorkingCopy(placing);
  const copy = ledger.copy(made.name);
  // While it is reloaded the site itself shows that somebody is at work on it.
  if (plan.options.reload === 'before') copy.app = await reloadFirst(placing, made);
  const turn = await keptAlive(placing, copy, () => untilOurTurn(placing, made));
  if ('skipped' in turn) return turn.skipped;
  const working = copy.app ?? made;
  await goLive(placing, working, turn.acts);
  await describeLive(placing, working);
  return undefined;
}

/** An app that keeps changing under a backup is not waited for any longer than this many backups. */
const BACKUPS = 3;

/**
 * Gets everything ready, however long that takes, and then looks once more: at the source, whether it still asks, and
 * at the places, what has come since. Right after, the app goes live.
 */
async function untilOurTurn(
  placing: Placing,
  working: App,
): Promise<{ acts: readonly Act[] } | { skipped: string }> {
  const patience = { others: placing.waitForOthers, reloads: LONGEST_RELOAD };
  for (let backups = 0; ; ) {
    await makeStreams(placing);
    const asked = await placing.askAgain();
    if (!asked.asked) return { skipped: asked.reason };
    const { seen, waited } = await takeTurn(placing, working, patience.others);
    patience.others -= waited;
    const acts = decideAll(placing, seen);
    const replaced = acts.flatMap(({ action }) => (action.do === 'replace' ? [action.app] : []));
    const reloading = await waitForReloads(placing, replaced, patience.reloads);
    patience.reloads -= reloading;
    if (waited > 0 || reloading > 0) continue;
    if (!(await backUpAll(placing, replaced))) return { acts: settled(placing, acts) };
    backups += 1;
    if (backups > BACKUPS) throw keepsChanging(placing);
  }
}

function decideAll({ plan, ledger, fromFile }: Placing, seen: Seen): Act[] {
  const open = ledger.deeds.filter(({ state }) => state === 'idle');
  return open.map(deed => ({ deed, action: decidePlace(deed, seen, plan, fromFile) }));
}

/** Where a rollback is wanted, one place that cannot get the app keeps the others of the target back. */
function settled({ plan, ledger }: Placing, acts: readonly Act[]): readonly Act[] {
  for (const { deed, action } of acts) {
    if (action.do === 'fail') ledger.failed(deed.step, action.why);
    if (action.do === 'keep') {
      ledger.confirmed(deed.step, { does: 'kept', app: action.app });
      ledger.note(deed.step, action.note);
    }
  }
  const fails = acts.some(({ action }) => action.do === 'fail');
  return fails && plan.options.rollback ? [] : acts;
}

async function makeStreams({ ledger, streamId }: Placing): Promise<void> {
  for (const deed of ledger.deeds) {
    const { id, name } = deed.stream;
    if (id === undefined) deed.stream = { id: await streamId(name), name };
  }
}

/** All of them before the first replace: a backup that fails has changed nothing. Tells whether any had to be made. */
async function backUpAll({ target, plan, ledger, maxSize }: Placing, apps: readonly App[]): Promise<boolean> {
  const { backup } = plan.options;
  if (backup === undefined) return false;
  let any = false;
  for (const app of apps) {
    if (ledger.backups.get(app.id)?.app.modifiedDate === app.modifiedDate) continue;
    const kept = await backUp(target, app, backup, maxSize);
    ledger.backups.set(app.id, kept);
    target.log.info(`${target.site.name}: backed up "${app.name}" (${app.id}) to ${kept.file}.`);
    any = true;
  }
  return any;
}

function keepsChanging({ target, plan }: Placing): RemoteError {
  return new RemoteError({
    site: target.site.name,
    attempt: `keep "${plan.name}" as it is while it is backed up`,
    answer: `it has changed during each of ${BACKUPS} backups`,
    mayBeDone: false,
    final: true,
  });
}
