import { messageOf } from '../base/errors.ts';
import { limiter } from '../base/limit.ts';
import { archive } from './app-file/backup.ts';
import { type Bringing, bringingOf } from './app-file/bringing.ts';
import type { Execution } from './context.ts';
import { type Context, contextOf } from './context.ts';
import { removeLeftovers } from './leftovers.ts';
import { type AppOutcome, changed, type TargetOutcome } from './outcome.ts';
import type { AppPlan, Plan, TargetPlan } from './plan/planned.ts';
import { askAgain, type SourceReading } from './source/ask-again.ts';
import { confirmDone, finish, untag } from './source/done.ts';
import { asVersion, newerVersion, type Version } from './source/source-version.ts';
import type { Spec } from './spec.ts';
import { ledgerOf, outcomesOf } from './target/ledger.ts';
import { place } from './target/promote-to-target.ts';

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
  const bringing = bringingOf(plan, context);
  try {
    const targets = await Promise.all(plan.targets.map(target => placeOn(target, bringing, context)));
    const needed = targets.some(({ failure, skipped }) => failure === undefined && skipped === undefined);
    const file = needed ? await bringing.transfer().whole() : undefined;
    const outcome: AppOutcome = { ...idle, ...kept, targets, ...(file ? { file } : {}) };
    const { leftoverAge } = spec;
    const finishing = { source, run, tagId: sourceTag, leftoverAge, lastRead: bringing.lastRead };
    return calledOff(outcome) ?? (await finish(outcome, finishing));
  } finally {
    await bringing.close();
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

async function keepArchive({ app, archive: folder }: AppPlan, { source, exports, spec }: Context) {
  return folder === undefined
    ? {}
    : { archive: await exports(() => archive(source, app, folder, spec.maxSize)) };
}

async function placeOn(target: TargetPlan, bringing: Bringing, context: Context): Promise<TargetOutcome> {
  if (target.lost !== undefined) return lost(target, target.lost);
  const surveyed = { app: bringing.plan.app, digest: target.origin?.digest };
  const first = await placeVersion(target, surveyed, bringing, context);
  if (!first.newer) return first.outcome;
  const { name } = bringing.plan.app;
  context.source.log.info(`"${name}" was changed while it was on its way; it is exported once more.`);
  const again = await placeVersion(asVersion(target, first.newer), first.newer, bringing, context);
  const { left } = first.outcome;
  if (!again.newer) return { ...again.outcome, left: [...left, ...again.outcome.left] };
  return { ...lost(target, UNSTEADY), left: [...left, ...again.outcome.left] };
}

const UNSTEADY =
  'The app was changed again and again while it was on its way, so which version went up cannot be told.';

/** What came of bringing a version; `newer`: nothing went live, as the source app has changed since it was read. */
interface Brought {
  outcome: TargetOutcome;
  newer: Version | undefined;
}

async function placeVersion(
  target: TargetPlan,
  version: Version,
  bringing: Bringing,
  context: Context,
): Promise<Brought> {
  const { plan } = bringing;
  const { open, run, credit, giving, logs, on, cleanUp, source, spec } = context;
  const transfer = bringing.transfer(version);
  let newer: Version | undefined;
  // A version that changes once more keeps its date in the stamp, so that the next run brings the newer one.
  const again = version.app !== plan.app && target.mode === 'overwrite';
  // A place on the target is taken only when there is something to bring.
  if (target.steps.some(step => step.do !== 'keep')) await transfer.begin();
  const { slot, streamId, tagId } = on(target.site);
  const ask = async (): Promise<SourceReading> => {
    const answer = await askAgain(plan, spec, source, target);
    if (!answer.asked || plan.file) return answer;
    bringing.lastRead = answer.app;
    if (!again) newer = await newerVersion(version, answer.app, source, target.origin?.data ?? true);
    return newer ? { asked: false, reason: 'it was changed while it was on its way' } : answer;
  };
  const outcome = await slot(() =>
    place({
      plan: target,
      target: open(target.site),
      app: version.app,
      ledger: ledgerOf(target),
      transfer,
      run,
      credit,
      giving,
      logs,
      fromFile: plan.file !== undefined,
      waitForOthers: spec.waitForOthers,
      maxSize: spec.maxSize,
      askAgain: ask,
      streamId,
      tagId,
      cleanUp: cleanUp(target),
    }),
  );
  return { outcome, newer };
}

function lost(plan: TargetPlan, failure: string): TargetOutcome {
  return { plan, streams: outcomesOf(ledgerOf(plan)), left: [], took: 0, failure };
}
