import { abortedAfter } from '../base/deadline.ts';
import { messageOf } from '../base/errors.ts';
import { type Limiter, limiter } from '../base/limit.ts';
import type { Qrs } from '../qrs/connection.ts';
import { createStream } from '../qrs/streams.ts';
import { createTag } from '../qrs/tags.ts';
import type { Site } from '../sites/sites.ts';
import { archive } from './backup.ts';
import { confirmDone, finish, untag } from './done.ts';
import type { AppOutcome, TargetOutcome } from './outcome.ts';
import { place } from './place.ts';
import type { AppPlan, Plan, TargetPlan } from './planned.ts';
import type { Spec } from './spec.ts';
import { type Transfer, transferOf, transferOfFile } from './transfer.ts';

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

/** Time to put a target in order after a failure. Ms. */
const CLEAN_UP = 60_000;
/** With a rollback, the old apps are uploaded again. */
const ROLL_BACK = 3_600_000;
/** The same once the job is cancelled, from that moment: the runner ends the process after ten seconds. */
const CLEAN_UP_WHEN_CANCELLED = 6_500;

/** Does what the plan says, and nothing else. What goes wrong with one app does not stop the others. */
export async function execute(plan: Plan, spec: Spec, execution: Execution): Promise<AppOutcome[]> {
  const context = contextOf(plan, spec, execution);
  const limit = limiter(spec.concurrency);
  const outcomes = await Promise.all(plan.apps.map(app => limit(() => executeApp(app, spec, context))));
  return confirmDone(outcomes, execution.source);
}

/** What all apps of a run share on one site. */
interface SiteContext {
  /** Limits the apps that are being placed there at a time. */
  slot: Limiter;
  streamId: (name: string) => Promise<string>;
  tagId: (name: string) => Promise<string>;
}

interface Context extends Execution {
  /** Limits the exports at a time. */
  exports: Limiter;
  sourceTag: (name: string) => Promise<string>;
  on: (site: Site) => SiteContext;
  cleanUp: (target: TargetPlan) => () => AbortSignal;
  leftoverAge: number;
}

function contextOf(plan: Plan, { leftoverAge }: Spec, execution: Execution): Context {
  const { source, open } = execution;
  const sites = new Map<Site, SiteContext>();
  const late = abortedAfter(source.signal, CLEAN_UP_WHEN_CANCELLED);
  const known = plan.apps.map(({ done }) => done.tag).find(tag => tag?.id !== undefined);
  return {
    ...execution,
    leftoverAge,
    exports: limiter(source.site.concurrency),
    sourceTag: once(async name => known?.id ?? (await createTag(source, name)).id),
    on: site => {
      const context = sites.get(site) ?? {
        slot: limiter(site.concurrency),
        streamId: once(async name => (await createStream(open(site), name)).id),
        tagId: once(async name => (await createTag(open(site), name)).id),
      };
      sites.set(site, context);
      return context;
    },
    cleanUp:
      ({ options }) =>
      () =>
        AbortSignal.any([late, AbortSignal.timeout(options.rollback ? ROLL_BACK : CLEAN_UP)]),
  };
}

/** Asks once for each name: several apps that need the same get the same. */
function once(make: (name: string) => Promise<string>): (name: string) => Promise<string> {
  const made = new Map<string, Promise<string>>();
  return name => {
    const known = made.get(name) ?? make(name);
    made.set(name, known);
    return known;
  };
}

async function executeApp(plan: AppPlan, spec: Spec, context: Context): Promise<AppOutcome> {
  const idle: AppOutcome = { plan, targets: [], tag: 'none', done: [], notes: [] };
  if (plan.verdict === 'skip' || plan.verdict === 'refuse') return idle;
  if (context.source.signal.aborted) return { ...idle, failure: 'Not started: the run was cancelled.' };
  if (plan.verdict === 'untag') return untag(idle, spec, context.source);
  try {
    return await promoteApp(idle, context);
  } catch (error) {
    return { ...idle, failure: messageOf(error) };
  }
}

async function promoteApp(idle: AppOutcome, context: Context): Promise<AppOutcome> {
  const { source, run, sourceTag, leftoverAge } = context;
  const { plan } = idle;
  const kept = await keepArchive(plan, context);
  const transfer = openTransfer(plan, context);
  try {
    const targets = await Promise.all(plan.targets.map(target => placeOn(target, plan, transfer, context)));
    const needed = targets.some(({ failure }) => failure === undefined);
    const file = needed ? await transfer.whole() : undefined;
    const outcome: AppOutcome = { ...idle, ...kept, targets, ...(file ? { file } : {}) };
    return await finish(outcome, { source, run, tagId: sourceTag, leftoverAge });
  } finally {
    await transfer.close();
  }
}

async function keepArchive({ app, archive: folder }: AppPlan, { source, exports }: Context) {
  return folder === undefined ? {} : { archive: await exports(() => archive(source, app, folder)) };
}

/** Data that no target takes does not travel. */
function openTransfer({ app, file, targets }: AppPlan, { source, folder, exports }: Context): Transfer {
  if (file) return transferOfFile(file);
  const skipData = targets.every(({ options }) => options.data === 'drop');
  return transferOf(source, app, { folder, skipData, slot: exports });
}

async function placeOn(
  target: TargetPlan,
  { app }: AppPlan,
  transfer: Transfer,
  { open, run, credit, logs, on, cleanUp }: Context,
): Promise<TargetOutcome> {
  if (target.lost !== undefined)
    return { plan: target, streams: [], failure: target.lost, left: [], took: 0 };
  const { slot, streamId, tagId } = on(target.site);
  // A place on the target is taken only when there is something to bring.
  if (target.steps.some(step => step.do !== 'keep')) await transfer.begin();
  return slot(() =>
    place(target, {
      target: open(target.site),
      app,
      transfer,
      run,
      credit,
      logs,
      copies: new Map(),
      before: new Map(),
      backups: new Map(),
      streamId,
      tagId,
      cleanUp: cleanUp(target),
    }),
  );
}
