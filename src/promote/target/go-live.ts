import { copyApp } from '../../qrs/apps/copy.ts';
import { readApp } from '../../qrs/apps/find.ts';
import { publishApp } from '../../qrs/apps/publish.ts';
import { hasContentOf, replaceApp } from '../../qrs/apps/replace.ts';
import type { App } from '../../qrs/entities.ts';
import { inPlace } from '../plan/place.ts';
import type { Action } from './decide-place.ts';
import { describeCopy } from './describe.ts';
import { readDigests } from './describe-live.ts';
import { hasArrived, keepsOwnData, replaceKeepingData } from './keep-data.ts';
import type { Place, WorkingCopy } from './ledger.ts';
import { makeCopy, surelyNot, type TargetRun } from './target-run.ts';

/** A place, and what will happen there. */
export interface Act {
  place: Place;
  action: Action;
}

/**
 * Makes the working copy live. Replaces come first, because they leave the copy unchanged; the last publish moves the
 * copy itself. A copy is described before it is published, so that a later run knows it even if this run dies right
 * after. Further copies are made of the described one, as a site may keep the description (docs/qrs.md 9).
 */
export async function goLive(run: TargetRun, working: App, acts: readonly Act[]): Promise<void> {
  for (const { place, action } of acts) {
    if (action.do === 'replace') await replace(run, working, place, action.app);
  }
  const publishes = acts.filter(({ action }) => action.do === 'publish');
  if (publishes.length === 0) return;
  // Users will see what the working copy shows now; describeLive looks whether they do.
  const shown = (await readDigests(run, [working.id]))(working, false);
  const described = await describeCopy(run, working, shown);
  for (const [index, { place }] of publishes.entries()) {
    const last = index === publishes.length - 1;
    await publish(run, last ? described : await copyOf(run, described, { part: index + 2, shown }), place);
  }
}

async function copyOf(
  run: TargetRun,
  described: App,
  { part, shown }: { part: number; shown: string | undefined },
): Promise<App> {
  const copy = await makeCopy(run, part, (name, lost) =>
    copyApp(run.target, described, { name, properties: 'kept', lost }),
  );
  return describeCopy(run, copy, shown);
}

async function replace(run: TargetRun, working: App, place: Place, before: App): Promise<void> {
  const { target, ledger, giving } = run;
  giving(working.name, true);
  place.begun({ does: 'replaced', app: before, before });
  // An app named by its id is replaced wherever it is by now.
  if (before.stream?.id !== place.stream.id)
    place.noted(
      `app ${before.id} is ${inPlace({ name: before.stream?.name ?? '' })} by now, and was replaced there`,
    );
  try {
    const now = keepsOwnData(run)
      ? await replaceKeepingData(run, working, place, before)
      : await replaceApp(target, working, before);
    place.confirmed(now ? { wrote: now } : {});
  } catch (error) {
    await learn(run, place, error, {
      isDone: async now =>
        keepsOwnData(run) ? hasArrived(run, working, before, now) : hasContentOf(now, working, before),
      gave: [ledger.copy(working.name), before.id],
    });
  } finally {
    if (place.state !== 'unclear') giving(working.name, false);
  }
}

async function publish(run: TargetRun, copy: App, place: Place): Promise<void> {
  const { target, plan, ledger } = run;
  const { id, name } = place.stream;
  if (id === undefined) throw new Error(`Stream "${name}" was not made.`);
  const record = ledger.copy(copy.name);
  place.begun({ does: 'published', app: { ...copy, name: plan.name }, before: undefined });
  try {
    const now = await publishApp(target, copy, { id, name }, plan.name);
    place.confirmed({ app: now, wrote: now });
  } catch (error) {
    const now = await learn(run, place, error, {
      isDone: async ({ published }) => published,
      gave: [record, id],
    });
    place.confirmed({ app: now, wrote: now });
  }
  record.wentLive();
}

interface Proof {
  /** Whether a reading of the app shows that the change was made. */
  isDone: (now: App) => Promise<boolean>;
  /** The working copy that the site may still be reading, and for which app or stream. */
  gave: [copy: WorkingCopy, to: string];
}

/**
 * After an error, reads whether the change was made, and returns the app if so. Otherwise the change is unclear, and
 * the working copy stays, because the site may still need it.
 */
async function learn(
  { target }: TargetRun,
  place: Place,
  error: unknown,
  { isDone, gave: [copy, to] }: Proof,
): Promise<App> {
  if (surelyNot(error)) {
    place.gone('not done');
    throw error;
  }
  place.unclear();
  const id = place.app?.id ?? '';
  const now = target.signal.aborted ? undefined : await readApp(target, id).catch(() => undefined);
  if (!now || !(await isDone(now))) {
    copy.gave(to);
    throw error;
  }
  place.confirmed();
  return now;
}
