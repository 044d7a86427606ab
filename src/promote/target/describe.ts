import { updateApp, type updateAsSeen } from '../../qrs/apps/update.ts';
import type { App } from '../../qrs/entities.ts';
import { type Attributes, withAttributes } from '../plan/attributes.ts';
import { readStamp, stamp } from '../stamp.ts';
import type { Edit, Place } from './ledger.ts';
import { surelyNot, type TargetRun } from './target-run.ts';

/**
 * Describes a copy that is about to be published: stamp, tags and properties. The author's text may or may not have
 * travelled (docs/qrs.md 9). The owner is set later, because that person would see an app with a working copy's name.
 * `shown` is the digest of what users will see.
 */
export async function describeCopy(run: TargetRun, copy: App, shown: string | undefined): Promise<App> {
  const { target, app } = run;
  const attributes = { ...(await withTagIds(run)), name: undefined, owner: undefined };
  const described = (now: App) =>
    withAttributes(stamped(run, { ...now, description: app.description }, shown), attributes);
  const change = (now: App) => unlessSame(now, described(now));
  return updateApp(target, copy, `describe the working copy ${copy.id}`, change, copy);
}

/**
 * Writes to a live app, and records each sent edit in the ledger: one whose answer was lost may have been made. With
 * `updateAsSeen` it resolves to false, and writes nothing, when somebody has written to the app since the reading.
 */
export async function write(
  { target }: TargetRun,
  place: Place,
  attempt: string,
  app: App,
  edit: (now: App) => Edit,
  update: typeof updateAsSeen = updateApp,
): Promise<boolean> {
  const sent: Edit[] = [];
  try {
    const now = await update(target, app, attempt, read => {
      const next = edit(read);
      const wanted = unlessSame(read, next.to);
      if (wanted) sent.push(next);
      return wanted;
    });
    if (now) place.confirmed({ app: now, wrote: now });
    else sent.pop();
    return now !== undefined;
  } finally {
    place.edited(sent);
  }
}

/** The app with the stamp of the version that this run brings; `shown` is the digest of the live content. */
export function stamped(
  { plan: { origin, options }, credit }: TargetRun,
  app: App,
  shown: string | undefined,
): App {
  if (!origin) return app;
  const says = { ...origin, pending: options.reload === 'after', ...(shown === undefined ? {} : { shown }) };
  return { ...app, description: stamp(app.description, says, credit) };
}

/** Gives the spec's attributes to an app that already had this version. */
export async function amend(run: TargetRun, place: Place, app: App): Promise<void> {
  const { target } = run;
  const attributes = await withTagIds(run);
  place.begun({ does: 'amended', app, before: app });
  const edit = (now: App) => ({ from: now, to: withAttributes(now, attributes) });
  await write(run, place, `bring app "${app.name}" up to date`, app, edit).catch(error => {
    if (surelyNot(error) || place.edits.length === 0) place.gone('not done');
    throw error;
  });
  target.log.info(`${target.site.name}: brought "${app.name}" up to date (${app.id}).`);
}

/** Writes the stamp once more after somebody has removed it; the author's text stays. */
export async function stampAgain(run: TargetRun, place: Place, app: App): Promise<void> {
  const shown = readStamp(place.wrote?.description ?? '')?.shown;
  await write(run, place, `stamp app "${app.name}" again`, app, now => ({
    from: now,
    to: readStamp(now.description) ? now : stamped(run, now, shown),
  }));
}

/** The planned attributes; tags that the site lacks are made. */
export async function withTagIds({ plan: { attributes }, tagId }: TargetRun): Promise<Attributes> {
  const tags = [];
  for (const { name, id } of attributes.tags) tags.push({ name, id: id ?? (await tagId(name)) });
  return { ...attributes, tags };
}

/** The wanted app; undefined where the app already is as wanted. */
export function unlessSame(now: App, wanted: App): App | undefined {
  return JSON.stringify(now) === JSON.stringify(wanted) ? undefined : wanted;
}
