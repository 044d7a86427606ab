import { RemoteError } from '../base/errors.ts';
import { findObjects } from '../qrs/apps/objects.ts';
import { updateApp } from '../qrs/apps/update.ts';
import type { App } from '../qrs/entities.ts';
import { type Attributes, withAttributes } from './attributes.ts';
import type { Deed, Edit } from './ledger.ts';
import type { Placing } from './placing.ts';
import { readStamp, stamp } from './stamp.ts';
import { shownDigest } from './version.ts';
import { readWorkingName } from './working-copy.ts';

/**
 * Describes an app that nobody sees yet. The author's text may or may not have travelled (docs/qrs.md 9). It gets no
 * owner: that person would meet an app with the name of a working copy. `justRead` spares a read.
 */
export async function describe(placing: Placing, copy: App, justRead: App | undefined): Promise<App> {
  const { target, app } = placing;
  const attributes = { ...(await ready(placing)), owner: undefined };
  const wanted = (now: App) =>
    withAttributes(stamped(placing, { ...now, description: app.description }, undefined), attributes);
  return updateApp(
    target,
    copy,
    `describe the working copy ${copy.id}`,
    now => changed(now, wanted(now)),
    justRead,
  );
}

/**
 * Describes what was made live: stamp, attributes and owner, and its own name and text where the site gave it those
 * of the working copy (docs/qrs.md 9). What users see of it is read for all places in one request.
 */
export async function describeLive(placing: Placing, working: App): Promise<void> {
  const { target, plan, ledger } = placing;
  const deeds = ledger.deeds.filter(({ state, does }) => state === 'confirmed' && isNew(does));
  if (deeds.length === 0) return;
  const ids = deeds.flatMap(({ app }) => (app ? [app.id] : []));
  const objects = plan.origin ? await findObjects(target, ids) : new Map<string, []>();
  const attributes = await ready(placing);
  for (const deed of deeds) {
    const { app, wrote } = deed;
    if (!app) continue;
    const shown = shownDigest({ published: true }, objects.get(app.id) ?? []);
    await write(placing, deed, `describe app "${plan.name}"`, { app, justRead: wrote }, now => {
      const from = ownText(placing, working, deed, now);
      return { from, to: withAttributes(stamped(placing, from, shown), attributes) };
    });
  }
}

/** Writes to a live app, and keeps in the ledger what exactly that changed. */
async function write(
  { target, ledger }: Placing,
  { step }: Deed,
  attempt: string,
  { app, justRead }: { app: App; justRead?: App | undefined },
  change: (now: App) => Edit,
): Promise<void> {
  let edit: Edit | undefined;
  const now = await updateApp(
    target,
    app,
    attempt,
    read => {
      edit = change(read);
      return changed(read, edit.to);
    },
    justRead,
  );
  ledger.confirmed(step, { app: now, wrote: now, edit });
}

function isNew(does: Deed['does']): boolean {
  return does === 'replaced' || does === 'published';
}

/** A live app with its own name and text, where the site gave it those of the working copy (docs/qrs.md 9). */
function ownText({ target, plan }: Placing, working: App, { before }: Deed, now: App): App {
  if (!before) return readWorkingName(now.name) ? { ...now, name: plan.name } : now;
  const moved = now.modifiedDate !== before.modifiedDate;
  const same = now.fileSize === working.fileSize && now.lastReloadTime === working.lastReloadTime;
  if (!moved && !same) throw unchanged(target.site.name, before);
  const description = now.description === working.description ? before.description : now.description;
  return { ...now, name: now.name === working.name ? plan.name : now.name, description };
}

function stamped({ plan: { origin, options }, credit }: Placing, app: App, shown: string | undefined): App {
  if (!origin) return app;
  const said = { ...origin, pending: options.reload === 'after', ...(shown === undefined ? {} : { shown }) };
  return { ...app, description: stamp(app.description, said, credit) };
}

/** Gives an app that is there already what the spec asks of it beside. */
export async function amend(placing: Placing, deed: Deed, app: App): Promise<void> {
  const { target, ledger } = placing;
  const attributes = await ready(placing);
  ledger.begun(deed.step, { does: 'amended', app, before: app });
  await write(placing, deed, `bring app "${app.name}" up to date`, { app }, now => ({
    from: now,
    to: withAttributes(now, attributes),
  }));
  target.log.info(`${target.site.name}: brought "${app.name}" up to date (${app.id}).`);
}

/** Writes the stamp once more where somebody has taken it away; the author's text stays. */
export async function mendStamp(placing: Placing, deed: Deed, app: App): Promise<void> {
  const shown = readStamp(deed.wrote?.description ?? '')?.shown;
  await write(placing, deed, `stamp app "${app.name}" again`, { app }, now => ({
    from: now,
    to: readStamp(now.description) ? now : stamped(placing, now, shown),
  }));
}

/** The attributes with the ids of tags that had to be made. */
async function ready({ plan: { attributes }, tagId }: Placing): Promise<Attributes> {
  const tags = [];
  for (const { name, id } of attributes.tags) tags.push({ name, id: id ?? (await tagId(name)) });
  return { ...attributes, tags };
}

/** The wanted app, or undefined where it is so already. */
function changed(now: App, wanted: App): App | undefined {
  return JSON.stringify(now) === JSON.stringify(wanted) ? undefined : wanted;
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
