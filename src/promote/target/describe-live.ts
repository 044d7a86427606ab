import { RemoteError } from '../../base/errors.ts';
import { readApp } from '../../qrs/apps/find.ts';
import { findObjects } from '../../qrs/apps/objects.ts';
import { hasDataOf } from '../../qrs/apps/replace.ts';
import { updateApp, updateAsSeen } from '../../qrs/apps/update.ts';
import type { App } from '../../qrs/entities.ts';
import { withAttributes } from '../plan/attributes.ts';
import { inPlace } from '../plan/place.ts';
import { readStamp } from '../stamp.ts';
import { shownDigest, showsContentOf } from '../version.ts';
import { stamped, unlessSame, withTagIds, write } from './describe.ts';
import { checkOwnData, hasArrived, keepsOwnData } from './keep-data.ts';
import type { Place } from './ledger.ts';
import { isSame, withOwnFields } from './own-fields.ts';
import type { TargetRun } from './target-run.ts';

/** A reading of a live app, and the digest of its content then. */
interface LiveReading {
  app: App;
  shown: string | undefined;
}

/** The most readings of an app that somebody changes between each reading and our write. */
const READINGS = 4;

/**
 * Describes the live apps: stamp, attributes and owner, and their own fields where the site overwrote them by the
 * working copy's (docs/qrs.md 9). It reads the content for all places in one request; the content counts as this run's
 * only where nobody has written to the app since.
 */
export async function describeLive(run: TargetRun, working: App): Promise<void> {
  const { plan, ledger } = run;
  const places = ledger.places.filter(
    ({ state, does }) => state === 'confirmed' && (does === 'replaced' || does === 'published'),
  );
  if (places.length === 0) return;
  const digestOf = await readDigests(
    run,
    places.flatMap(({ app }) => app?.id ?? []),
  );
  const attributes = await withTagIds(run);
  const describe = (place: Place, { app, shown }: LiveReading) =>
    write(
      run,
      place,
      `describe app "${plan.name}"`,
      app,
      now => {
        const from = withOwnValues(run, working, place, now);
        return { from, to: withAttributes(stamped(run, from, shown), attributes) };
      },
      updateAsSeen,
    );
  for (const place of places) {
    const { wrote } = place;
    const answered = wrote && { app: wrote, shown: digestOf(wrote, wrote.published) };
    if (answered && proves(run, working, place, answered) && (await describe(place, answered))) continue;
    for (let count = 1; ; count += 1) {
      const now = await readOurs(run, working, place);
      if (!now || (await describe(place, now))) break;
      if (count === READINGS) throw keepsChanging(run, place);
    }
  }
}

/** Reads the objects of these apps, where the stamp needs them. */
export async function readDigests({ target, plan }: TargetRun, ids: readonly string[]) {
  const objects = plan.origin ? await findObjects(target, ids) : undefined;
  return ({ id }: App, published: boolean) => shownDigest({ published }, objects?.get(id) ?? []);
}

/**
 * Whether what the site answered shows the new version, so that it need not be read. An answer to an experimental call
 * proves little.
 */
function proves(run: TargetRun, working: App, { before }: Place, answered: LiveReading): boolean {
  if (!before) return true;
  return (
    !keepsOwnData(run) && hasDataOf(answered.app, working) && !isAsBefore(run, before, answered, working)
  );
}

/** Reads the live app; undefined where somebody has replaced it right after this run. */
async function readOurs(run: TargetRun, working: App, place: Place): Promise<LiveReading | undefined> {
  const { target, ledger, plan } = run;
  const { before, wrote, stream, app: live = working } = place;
  // Read the objects first and the app last: an edit of an object changes the app's date, too.
  const objects = plan.origin ? await findObjects(target, [working.id, live.id]) : undefined;
  const app = await readApp(target, live.id);
  if (!app) return undefined;
  const own = objects?.get(live.id) ?? [];
  const shown = shownDigest(app, own);
  if (before && keepsOwnData(run) && (await hasArrived(run, working, before, app))) {
    checkOwnData(run, place, working, app);
    return { app, shown };
  }
  const known = wrote ?? working;
  // A reload changes the data and their date; a change of the size alone means other content.
  const reloaded = app.lastReloadTime !== known.lastReloadTime;
  // Two versions may have the same data, so the objects decide where the site shows them.
  const same = before && showsContentOf(app, own, objects?.get(working.id) ?? []);
  if (before && !same && isAsBefore(run, before, { app, shown }, working)) {
    // The site's answer was wrong. It may still do it, and would then read the working copy.
    place.unclear();
    ledger.copy(working.name).gave(before.id);
    throw unchanged(target.site.name, before);
  }
  if (same !== false && (hasDataOf(app, known) || (reloaded && same))) return { app, shown };
  await giveBack(run, working, place, app);
  place.failed(
    `App ${app.id} ${inPlace(stream)} is not what this run brought there: somebody else has changed it right after.`,
  );
  return undefined;
}

/** Takes the working copy's name and text out of an app that is somebody else's by now. */
async function giveBack(run: TargetRun, working: App, place: Place, app: App): Promise<void> {
  const own = (now: App) => unlessSame(now, withOwnValues(run, working, place, now));
  if (!own(app)) return;
  await updateApp(run.target, app, `put back the name of app "${run.plan.name}"`, own);
}

/**
 * Whether an app surely was not replaced by `working`: nobody has written to it, or it has the data of before, or, where both
 * have the same data, what its stamp from before says. A site that makes all hashes anew would have made others.
 */
function isAsBefore(run: TargetRun, before: App, { app, shown }: LiveReading, working: App): boolean {
  if (app.modifiedDate === before.modifiedDate) return true;
  if (keepsOwnData(run)) return false;
  if (!hasDataOf(before, working)) return hasDataOf(app, before);
  return shown !== undefined && shown === readStamp(before.description)?.shown;
}

/** A live app with its own fields, where the site overwrote them by the working copy's (docs/qrs.md 9). */
function withOwnValues({ plan, app }: TargetRun, working: App, { before }: Place, now: App): App {
  if (!before) return now;
  return withOwnFields(
    now,
    before,
    // A file has the name and text of the source app, not those of the working copy.
    field => isSame(field, now, working) || (plan.options.data === 'target' && isSame(field, now, app)),
  );
}

function keepsChanging({ target, plan }: TargetRun, { app }: Place): RemoteError {
  return new RemoteError({
    site: target.site.name,
    attempt: `describe app "${plan.name}" (${app?.id})`,
    answer: 'somebody else keeps changing it',
    failed: true,
    mayBeDone: false,
    final: true,
  });
}

function unchanged(site: string, app: App): RemoteError {
  return new RemoteError({
    site,
    attempt: `replace app "${app.name}" (${app.id})`,
    answer: 'it answered that this was done, but the app is as it was before',
    failed: true,
    mayBeDone: true,
    final: true,
  });
}
