import { messageOf } from '../base/errors.ts';
import { limiter } from '../base/limit.ts';
import { sharedRead } from '../base/shared-read.ts';
import { readApp } from '../qrs/apps/find.ts';
import type { App } from '../qrs/entities.ts';
import { archive } from './app-file/backup.ts';
import { type Transfers, transfersOf } from './app-file/transfer.ts';
import { confirmRemoved } from './confirm-removed.ts';
import { removeLeftovers } from './leftovers.ts';
import { type AppOutcome, changed, type TargetOutcome } from './outcome.ts';
import type { AppPlan, Plan, TargetPlan } from './plan/planned.ts';
import { type Execution, type RunContext, runContext } from './run-context.ts';
import { confirmDone, finish, untag } from './source/done.ts';
import { askAgain, asVersion, newerVersion, type SourceReading, type Version } from './source/source-now.ts';
import type { Spec } from './spec.ts';
import { ledgerOf, outcomesOf } from './target/ledger.ts';
import { promoteToTarget } from './target/promote-to-target.ts';

/** Does what the plan says, and nothing else. A failure of one app does not stop the others. */
export async function execute(plan: Plan, spec: Spec, execution: Execution): Promise<AppOutcome[]> {
  const context = runContext(plan, spec, execution);
  const { source, open } = execution;
  const leftovers = plan.leftovers.map(one => removeLeftovers(one, open(one.site), spec.leftoverAge));
  for (const failure of (await Promise.all(leftovers)).flat()) source.log.warning(failure);
  const limit = limiter(spec.concurrency);
  const outcomes = await Promise.all(plan.apps.map(app => limit(() => executeApp(app, context))));
  return confirmRemoved(await confirmDone(outcomes, source), context);
}

async function executeApp(plan: AppPlan, context: RunContext): Promise<AppOutcome> {
  const { source, spec } = context;
  const idle: AppOutcome = { plan, targets: [], tag: 'none', done: [], notes: [] };
  if (plan.verdict === 'skip' || plan.verdict === 'refuse') return idle;
  if (source.signal.aborted) return { ...idle, failure: 'Not started: the run was cancelled.' };
  if (plan.verdict === 'untag') return untag(idle, spec, source);
  try {
    return await promoteApp(idle, context);
  } catch (error) {
    return { ...idle, failure: messageOf(error) };
  }
}

/** What all targets of an app share. */
interface AppRun {
  plan: AppPlan;
  transfers: Transfers;
  /** Reads the source app for the targets that got its surveyed version from one file. */
  look: () => Promise<App | undefined>;
  /** The source app at its last reading. */
  lastRead: App | undefined;
}

async function promoteApp(idle: AppOutcome, context: RunContext): Promise<AppOutcome> {
  const { plan } = idle;
  const kept = await keepArchive(plan, context);
  const app: AppRun = {
    plan,
    transfers: transfersOf(plan, context),
    look: sharedRead(() => readApp(context.source, plan.app.id)),
    lastRead: undefined,
  };
  try {
    const targets = await Promise.all(plan.targets.map(target => bringTo(target, app, context)));
    const needed = targets.some(({ failure, skipped }) => failure === undefined && skipped === undefined);
    // The targets that lack the file say why: its failure is no reason to say nothing of the others.
    const whole = needed ? app.transfers.newest().whole() : undefined;
    const file = await whole?.catch(() => undefined);
    const outcome: AppOutcome = { ...idle, ...kept, targets, ...(file ? { file } : {}) };
    return calledOff(outcome) ?? (await finish(outcome, context, app.lastRead));
  } finally {
    await app.transfers.close().catch(error => context.source.log.warning(messageOf(error)));
  }
}

/** The source no longer asks. Before anything went live that is no failure; afterwards, the missing rest is one. */
function calledOff(outcome: AppOutcome): AppOutcome | undefined {
  const off = outcome.targets.filter(({ skipped }) => skipped !== undefined);
  const [first] = off;
  if (first?.skipped === undefined) return undefined;
  if (!changed(outcome)) return { ...outcome, skipped: first.skipped };
  const names = off.map(({ plan }) => `"${plan.site.name}"`).join(', ');
  return {
    ...outcome,
    failure: `It was not brought to ${names}: ${first.skipped}. What had gone live before stays.`,
    tag: outcome.plan.done.tag ? 'not due' : 'none',
  };
}

async function keepArchive({ app, archive: folder }: AppPlan, { source, exports, spec }: RunContext) {
  return folder === undefined
    ? {}
    : { archive: await exports(() => archive(source, app, folder, spec.maxSize)) };
}

const UNSTEADY =
  'The app was changed again and again while it was on its way, so nobody knows which version was uploaded.';

/** Brings the app to a target, and once more where the source app changed before anything went live there. */
async function bringTo(target: TargetPlan, app: AppRun, context: RunContext): Promise<TargetOutcome> {
  if (target.lost !== undefined) return lost(target, target.lost);
  const surveyed = { app: app.plan.app, digest: target.origin?.digest };
  const first = await bringVersion(target, surveyed, app, context);
  if (!first.newer) return first.outcome;
  context.source.log.info(
    `"${app.plan.app.name}" was changed while it was on its way; it is exported once more.`,
  );
  const again = await bringVersion(asVersion(target, first.newer), first.newer, app, context);
  const outcome = again.newer ? lost(target, UNSTEADY) : again.outcome;
  return { ...outcome, left: [...first.outcome.left, ...again.outcome.left] };
}

function lost(plan: TargetPlan, failure: string): TargetOutcome {
  return { plan, streams: outcomesOf(ledgerOf(plan)), left: [], took: 0, failure };
}

/** `newer`: nothing went live, because the source app has changed since its reading. */
interface Brought {
  outcome: TargetOutcome;
  newer: Version | undefined;
}

async function bringVersion(
  target: TargetPlan,
  version: Version,
  app: AppRun,
  context: RunContext,
): Promise<Brought> {
  const { plan } = app;
  const { source, spec } = context;
  const transfer = app.transfers.of(version.app);
  let newer: Version | undefined;
  // A version that changes once more keeps its date in the stamp, so that the next run brings the newer one.
  const again = version.app !== plan.app && target.mode === 'overwrite';
  // The file was whole when another target began to look, so a look that shows no change is true of this target's copy.
  const shares = version.app === plan.app && target.make === 'upload';
  const look = shares ? app.look : () => readApp(source, plan.app.id);
  const stillAsked = async (): Promise<SourceReading> => {
    const reading = await askAgain(plan, spec, { site: source.site, look }, target);
    if (!reading.asked || plan.file) return reading;
    app.lastRead = reading.app;
    if (!again) newer = await newerVersion(version, reading.app, source, target.origin?.data ?? true);
    return newer ? { asked: false, reason: 'it was changed while it was on its way' } : reading;
  };
  // The export begins before the app takes one of the site's slots.
  if (target.steps.some(step => step.do !== 'keep')) await transfer.begin();
  const outcome = await promoteToTarget({
    ...context,
    ...context.on(target.site),
    plan: target,
    app: version.app,
    fromFile: plan.file !== undefined,
    transfer,
    ledger: ledgerOf(target),
    askAgain: stillAsked,
  });
  return { outcome, newer };
}
