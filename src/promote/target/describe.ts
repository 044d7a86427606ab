import { updateApp } from '../../qrs/apps/update.ts';
import type { App } from '../../qrs/entities.ts';
import { type Attributes, withAttributes } from '../plan/attributes.ts';
import { readStamp, stamp } from '../stamp.ts';
import type { Deed, Edit } from './ledger.ts';
import type { Placing } from './target-run.ts';

/**
 * Describes an app that nobody sees yet. The author's text may or may not have travelled (docs/qrs.md 9). It gets no
 * owner: that person would meet an app with the name of a working copy. `copy` is as it was read last.
 */
export async function describeCopy(placing: Placing, copy: App): Promise<App> {
  const { target, app } = placing;
  const attributes = { ...(await ready(placing)), owner: undefined };
  const wanted = (now: App) =>
    withAttributes(stamped(placing, { ...now, description: app.description }, undefined), attributes);
  return updateApp(
    target,
    copy,
    `describeCopy the working copy ${copy.id}`,
    now => changed(now, wanted(now)),
    copy,
  );
}

/** Writes to a live app, and keeps in the ledger what exactly that changed. */
export async function write(
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

/** With the stamp of the version that this run brings; `shown` is the digest of what users see. */
export function stamped(
  { plan: { origin, options }, credit }: Placing,
  app: App,
  shown: string | undefined,
): App {
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
export async function ready({ plan: { attributes }, tagId }: Placing): Promise<Attributes> {
  const tags = [];
  for (const { name, id } of attributes.tags) tags.push({ name, id: id ?? (await tagId(name)) });
  return { ...attributes, tags };
}

/** The wanted app, or undefined where it is so already. */
function changed(now: App, wanted: App): App | undefined {
  return JSON.stringify(now) === JSON.stringify(wanted) ? undefined : wanted;
}
