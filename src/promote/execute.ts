import { messageOf } from '../base/errors.ts';
import { limiter } from '../base/limit.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import type { Site } from '../sites/sites.ts';
import { askAgain } from './ask-again.ts';
import { archive } from './backup.ts';
import { type Context, contextOf } from './context.ts';
import { confirmDone, finish, untag } from './done.ts';
import { ledgerOf, outcomesOf } from './ledger.ts';
import { removeLeftovers } from './leftovers.ts';
import { type AppOutcome, changed, type TargetOutcome } from './outcome.ts';
import { place } from './place.ts';
import type { AppPlan, Plan, TargetPlan } from './planned.ts';
import { type Versioned, versioned } from './source-version.ts';
import type { Spec } from './spec.ts';
import { NO_TRANSFER, type Transfer, transferOf, transferOfFile } from './transfer.ts';

export interface Execution {
  source: Qrs;
  open: (site: Site) => Qrs;
  /** Where files are kept while they travel. */
  folder: string;
  /** Where script logs of failed reloads are kept. */
  logs: string;
  /** Names this run. */
  run: string;
  /** What stamps say of it. */
  credit: string;
}

/** Does what the plan says, and nothing else. What goes wrong with one app does not stop the others. */
export async function execute(plan: Plan, spec: Spec, execution: Execution): Promise<AppOutcome[]> {
  const context = contextOf(plan, spec, execution);
  const leftovers = plan.leftovers.map(one =>
    removeLeftovers(one, execution.open(one.site), spec.leftoverAge),
  );
  for (const failure of (await Promise.all(leftovers)).flat()) execution.source.log.warning(failure);
  const limit = limiter(spec.concurrency);
  const outcomes = await Promise.all(plan.apps.map(app => limit(() => executeApp(app, context))));
  return confirmDone(outcomes, execution.source);
}

async function executeApp(plan: AppPlan, context: Context): Promise<AppOutcome> {
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

async function promoteApp(idle: AppOutcome, context: Context): Promise<AppOutcome> {
  const { source, run, sourceTag, spec } = context;
  const { plan } = idle;
  const kept = await keepArchive(plan, context);
  const { version, transfer } = openTransfer(plan, context);
  try {
    const bringing: Bringing = { plan, version, transfer, lastRead: undefined };
    const targets = await Promise.all(plan.targets.map(target => placeOn(target, bringing, context)));
    const needed = targets.some(({ failure, skipped }) => failure === undefined && skipped === undefined);
    const file = needed ? await transfer.whole() : undefined;
    const outcome: AppOutcome = { ...idle, ...kept, targets, ...(file ? { file } : {}) };
    const { leftoverAge } = spec;
    const finishing = { source, run, tagId: sourceTag, leftoverAge, lastRead: bringing.lastRead };
    return calledOff(outcome) ?? (await finish(outcome, finishing));
  } finally {
    await transfer.close();
  }
}

/** The source stopped asking: before anything went live that is no failure; after something did, the rest is. */
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

async function keepArchive({ app, archive: folder }: AppPlan, { source, exports }: Context) {
  return folder === undefined ? {} : { archive: await exports(() => archive(source, app, folder)) };
}

/** What all targets of an app share. */
interface Bringing {
  plan: AppPlan;
  version: Versioned;
  transfer: Transfer;
  /** The source app as it was read last. */
  lastRead: App | undefined;
}

/** Data that no target takes does not travel. */
function openTransfer({ app, file, targets }: AppPlan, { source, folder, run, exports }: Context) {
  const uploads = targets.filter(({ make }) => make === 'upload');
  const skipData = uploads.every(({ options }) => options.data === 'drop');
  const stamped = uploads.find(({ origin }) => origin !== undefined)?.origin;
  const version = versioned(app, { digest: stamped?.digest, data: stamped?.data ?? true });
  const exporting = { folder, run, skipData, slot: exports, open: version.open };
  const travels = uploads.length > 0 ? transferOf(source, app, exporting) : NO_TRANSFER;
  return { version, transfer: file ? transferOfFile(file) : travels };
}

async function placeOn(target: TargetPlan, bringing: Bringing, context: Context): Promise<TargetOutcome> {
  const { plan, version, transfer } = bringing;
  const { open, run, credit, logs, on, cleanUp, source, spec } = context;
  if (target.lost !== undefined) return lost(target, target.lost);
  // A place on the target is taken only when there is something to bring.
  if (target.steps.some(step => step.do !== 'keep')) await transfer.begin();
  const made = asVersioned(target, plan, version);
  const { slot, streamId, tagId } = on(target.site);
  if (made.mode === 'duplicate' && !version.now().steady) return lost(made, UNSTEADY);
  return slot(() =>
    place({
      plan: made,
      target: open(target.site),
      app: plan.app,
      ledger: ledgerOf(made),
      transfer,
      run,
      credit,
      logs,
      fromFile: plan.file !== undefined,
      waitForOthers: spec.waitForOthers,
      askAgain: async () => {
        const answer = await askAgain(plan, spec, source, target);
        if (answer.asked) bringing.lastRead = answer.app;
        return answer;
      },
      streamId,
      tagId,
      cleanUp: cleanUp(target),
    }),
  );
}

const UNSTEADY = 'The app was changed during each of two exports, so which version this is cannot be told.';

function lost(plan: TargetPlan, failure: string): TargetOutcome {
  return { plan, streams: outcomesOf(ledgerOf(plan)), left: [], took: 0, failure };
}

/** The stamp tells of the version that the file holds, which may not be the one that was surveyed. */
function asVersioned(target: TargetPlan, { app }: AppPlan, version: Versioned): TargetPlan {
  const { app: now, digest } = version.now();
  if (!target.origin || now === app) return target;
  const { digest: _, ...origin } = target.origin;
  return {
    ...target,
    origin: { ...origin, modified: now.modifiedDate, ...(digest === undefined ? {} : { digest }) },
  };
}
