import { readApp } from '../../qrs/apps/find.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';
import { unmet } from '../../when/when.ts';
import type { AppPlan, TargetPlan } from '../plan/planned.ts';
import type { Spec } from '../spec.ts';
import { type Wishes, wishesOf } from '../survey/wish.ts';

/** Whether the app is still to go where the plan sends it; the app as it was read for that, or why it is not. */
export type SourceReading = { asked: true; app: App } | { asked: false; reason: string };

/**
 * Reads the source app again, right before something of it goes live: an approval may have become a denial, and a tag
 * may have come, since the plan was made. With a `target` it asks whether the app still goes there; without one,
 * whether it still goes everywhere. What it asks for beside is left for the next run. A file asks for nothing.
 */
export async function askAgain(
  plan: AppPlan,
  spec: Spec,
  source: Qrs,
  target?: TargetPlan,
): Promise<SourceReading> {
  if (plan.file) return { asked: true, app: plan.app };
  const app = await readApp(source, plan.app.id);
  if (!app) return { asked: false, reason: `it is no longer on site "${source.site.name}"` };
  const reason = notAsked(plan, spec, app, target ? [target] : plan.targets);
  return reason === undefined ? { asked: true, app } : { asked: false, reason };
}

/** Why an app, as it is now, is not to be promoted as planned; undefined when it is. Pure. */
function notAsked(plan: AppPlan, spec: Spec, app: App, targets: readonly TargetPlan[]): string | undefined {
  const [condition] = unmet(spec.when, app);
  if (condition !== undefined) return condition;
  const { tag } = spec.done;
  if (tag !== undefined && app.tags.some(({ name }) => name === tag)) return `it has the tag "${tag}" by now`;
  const wishes = wishesOf(app, spec.to, plan.sites);
  if (!wishes.asks) return wishes.reason;
  for (const target of targets) {
    const reason = notWished(wishes, target);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function notWished({ wishes, reason, refusals }: Wishes, target: TargetPlan): string | undefined {
  const where = `on site "${target.site.name}"`;
  const wish = wishes.find(({ site }) => site === target.site);
  if (!wish) return reason ?? refusals[0] ?? `it no longer asks for anything ${where}`;
  if (wish.mode !== target.mode) return `it asks for the mode ${wish.mode} ${where} by now`;
  const gone = target.steps.find(({ stream }) => !wish.streams.includes(stream.name));
  return gone && `it no longer asks for stream "${gone.stream.name}" ${where}`;
}
