import { findObjects } from '../../qrs/apps/objects.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import type { Site } from '../../sites/site.ts';
import { unmet } from '../../when/when.ts';
import type { AppPlan, TargetPlan } from '../plan/planned.ts';
import type { Spec } from '../spec.ts';
import { type Wishes, wishesOf } from '../survey/wish.ts';
import { sourceDigest } from '../version.ts';

/** A new reading of the source app, or why it must no longer go where the plan sends it. */
export type SourceReading = { asked: true; app: App } | { asked: false; reason: string };

/**
 * Reads the source app again right before it goes live on a target: since the plan, somebody may have withdrawn an
 * approval or tagged the app. The next run handles new requests of the app. An app from a file makes no requests.
 */
export async function askAgain(
  plan: AppPlan,
  spec: Spec,
  source: { site: Site; look: () => Promise<App | undefined> },
  target: TargetPlan,
): Promise<SourceReading> {
  if (plan.file) return { asked: true, app: plan.app };
  const app = await source.look();
  if (!app) return { asked: false, reason: `it is no longer on site "${source.site.name}"` };
  const reason = whyNotAsked(plan, spec, app, target);
  return reason === undefined ? { asked: true, app } : { asked: false, reason };
}

function whyNotAsked(plan: AppPlan, spec: Spec, app: App, target: TargetPlan): string | undefined {
  const [condition] = unmet(spec.when, app);
  if (condition !== undefined) return condition;
  const { tag } = spec.done;
  if (tag !== undefined && app.tags.some(({ name }) => name === tag)) return `it has the tag "${tag}" by now`;
  const wishes = wishesOf(app, spec.to, plan.sites);
  return wishes.asks ? whyNotWished(wishes, target) : wishes.reason;
}

function whyNotWished({ wishes, reason, refusals }: Wishes, target: TargetPlan): string | undefined {
  const where = `on site "${target.site.name}"`;
  const wish = wishes.find(({ site, app }) => site === target.site && app === target.app);
  if (!wish) return reason ?? refusals[0] ?? `it no longer asks for anything ${where}`;
  if (wish.mode !== target.mode) return `it asks for the mode ${wish.mode} ${where} by now`;
  if (target.app !== undefined) return undefined;
  const gone = target.steps.find(({ stream }) => !wish.streams.includes(stream.name));
  return gone && `it no longer asks for stream "${gone.stream.name}" ${where}`;
}

/** A version of the source app. */
export interface Version {
  app: App;
  /** The digest of its content; undefined where the site does not show it. */
  digest: string | undefined;
}

/**
 * The version that a later reading of the source app shows; undefined where its content is unchanged. An app that
 * nobody has written to did not change while the site made its file either.
 */
export async function newerVersion(
  known: Version,
  now: App,
  source: Qrs,
  data: boolean,
): Promise<Version | undefined> {
  if (now.modifiedDate === known.app.modifiedDate) return undefined;
  const digest = await digestNow(now, source, data);
  return digest !== undefined && digest === known.digest ? undefined : { app: now, digest };
}

/** A target's plan for another version than the surveyed one, with that version's stamp. Pure. */
export function asVersion(target: TargetPlan, { app, digest }: Version): TargetPlan {
  if (!target.origin) return target;
  const { digest: _, ...origin } = target.origin;
  const now = { ...origin, modified: app.modifiedDate, ...(digest === undefined ? {} : { digest }) };
  return { ...target, origin: now };
}

/**
 * Whether the source app, apart from its tags and data, is still the surveyed one, and therefore the promoted one.
 * Where the site does not show the app's objects, its date decides.
 */
export async function isSourceUnchanged({ app, content }: AppPlan, now: App, source: Qrs): Promise<boolean> {
  if (now.modifiedDate === app.modifiedDate) return true;
  if (content === undefined || besides(now) !== besides(app)) return false;
  return (await digestNow(now, source, false)) === content;
}

/** What belongs to the app besides its content. */
function besides({ published, stream, owner, customProperties }: App): string {
  const rows = customProperties.map(({ definition, value }) => JSON.stringify([definition.id, value])).sort();
  return JSON.stringify([published, stream?.id ?? '', owner?.id ?? '', rows]);
}

async function digestNow(app: App, source: Qrs, data: boolean): Promise<string | undefined> {
  return sourceDigest(app, (await findObjects(source, [app.id])).get(app.id) ?? [], data);
}
