import { RemoteError } from '../../base/errors.ts';
import { readApp } from '../../qrs/apps/find.ts';
import { findObjects } from '../../qrs/apps/objects.ts';
import { hasDataOf } from '../../qrs/apps/replace.ts';
import type { App } from '../../qrs/entities.ts';
import { type Attributes, withAttributes } from '../plan/attributes.ts';
import { shownDigest } from '../version.ts';
import { readWorkingName } from '../working-copy.ts';
import { ready, stamped, write } from './describe.ts';
import type { Deed } from './ledger.ts';
import type { Placing } from './target-run.ts';

/**
 * Describes what was made live: stamp, attributes and owner, and its own name and text where the site gave it those
 * of the working copy (docs/qrs.md 9). What users see of it is read for all places in one request, and counts as this
 * run's only where nobody has written to the app since.
 */
export async function describeLive(placing: Placing, working: App): Promise<void> {
  const { target, plan, ledger } = placing;
  const deeds = ledger.deeds.filter(({ state, does }) => state === 'confirmed' && isNew(does));
  if (deeds.length === 0) return;
  const ids = deeds.flatMap(({ app }) => (app ? [app.id] : []));
  const objects = plan.origin ? await findObjects(target, ids) : new Map<string, []>();
  const attributes = await ready(placing);
  for (const deed of deeds) {
    const shown = shownDigest({ published: true }, objects.get(deed.app?.id ?? '') ?? []);
    const describe = (app: App, digest: string | undefined) =>
      describeAt(placing, working, deed, { app, digest, attributes });
    const { wrote } = deed;
    if (!wrote || !(await describe(wrote, shown))) await describeMoved(placing, working, deed, describe);
  }
}

/** An app that is written to at each moment is looked at so often. */
const LOOKS = 4;

/** Nobody may have changed it but for its text and the like; then it is looked at until a write meets what was read. */
async function describeMoved(
  placing: Placing,
  working: App,
  deed: Deed,
  describe: (app: App, shown: string | undefined) => Promise<boolean>,
): Promise<void> {
  for (let look = 1; look <= LOOKS; look += 1) {
    const now = await stillOurs(placing, working, deed);
    if (!now || (await describe(now.app, now.shown))) return;
  }
  throw keepsMoving(placing, deed);
}

/** The app was written to between a look and a write. */
class Moved extends Error {}

interface At {
  /** The app as it was read. */
  app: App;
  /** Of what it showed then. */
  digest: string | undefined;
  attributes: Attributes;
}

/** Whether the app was still as it was read when it was written to. */
async function describeAt(
  placing: Placing,
  working: App,
  deed: Deed,
  { app, digest, attributes }: At,
): Promise<boolean> {
  const attempt = `describe app "${placing.plan.name}"`;
  try {
    await write(placing, deed, attempt, { app, justRead: app }, now => {
      if (now.modifiedDate !== app.modifiedDate) throw new Moved();
      const from = ownText(placing, working, deed, now);
      return { from, to: withAttributes(stamped(placing, from, digest), attributes) };
    });
    return true;
  } catch (error) {
    if (error instanceof Moved) return false;
    throw error;
  }
}

/**
 * The live app as it is now, and the digest of what it shows; undefined where that is no longer what this run brought,
 * as somebody else has replaced it right after.
 */
async function stillOurs(
  { target, plan, ledger }: Placing,
  working: App,
  { app, before, wrote, step, stream }: Deed,
): Promise<{ app: App; shown: string | undefined } | undefined> {
  const live = app ?? working;
  // The objects first, and the app last: an edit of an object moves the app's date, too.
  const objects = plan.origin ? await findObjects(target, [working.id, live.id]) : new Map<string, []>();
  const now = await readApp(target, live.id);
  const shown = shownDigest({ published: true }, objects.get(live.id) ?? []);
  if (!now) return undefined;
  const brought = before && shownDigest({ published: false }, objects.get(working.id) ?? []);
  const known = wrote ?? working;
  // A reload changes the data and their date; what changes the size alone is another content.
  const reloaded = now.lastReloadTime !== known.lastReloadTime;
  // Two versions of a sheet may come with the same data, so that its objects have the last word where they are shown.
  const same = brought === undefined || shown === undefined ? undefined : brought === shown;
  if (same !== false && (hasDataOf(now, known) || (reloaded && same))) return { app: now, shown };
  if (before && now.modifiedDate === before.modifiedDate) {
    // It may yet be done, and then from the working copy.
    ledger.unclear(step);
    ledger.copy(working.name).gaveTo = before.id;
    throw unchanged(target.site.name, before);
  }
  ledger.failed(
    step,
    `App ${now.id} in stream "${stream.name}" is not what this run brought there: somebody else has changed it right after.`,
  );
  return undefined;
}

function keepsMoving({ target, plan }: Placing, { app }: Deed): RemoteError {
  return new RemoteError({
    site: target.site.name,
    attempt: `describe app "${plan.name}" (${app?.id})`,
    answer: 'somebody else keeps changing it',
    mayBeDone: false,
    final: true,
  });
}

function isNew(does: Deed['does']): boolean {
  return does === 'replaced' || does === 'published';
}

/** A live app with its own name and text, where the site gave it those of the working copy (docs/qrs.md 9). */
function ownText({ plan }: Placing, working: App, { before }: Deed, now: App): App {
  if (!before) return readWorkingName(now.name) ? { ...now, name: plan.name } : now;
  const description = now.description === working.description ? before.description : now.description;
  return { ...now, name: now.name === working.name ? plan.name : now.name, description };
}

function unchanged(site: string, app: App): RemoteError {
  return new RemoteError({
    site,
    attempt: `replace app "${app.name}" (${app.id})`,
    answer: 'it answered that this was done, but the app is as it was before',
    mayBeDone: true,
    final: true,
  });
}
