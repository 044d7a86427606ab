import type { AppOutcome, StreamOutcome, TargetOutcome } from '../outcome.ts';
import type { TargetPlan } from '../plan/planned.ts';

/** An app of the `result` output. Pure. */
export function appResult(app: AppOutcome, executed: boolean): Record<string, unknown> {
  const { plan, targets, file, tag, done, archive, failure, notes } = app;
  return {
    id: plan.app.id,
    name: plan.app.name,
    verdict: plan.verdict,
    reasons: plan.reasons,
    tag,
    done,
    ...(archive === undefined ? {} : { archive }),
    plan: { archive: plan.archive, done: plan.done },
    ...(file ?? {}),
    ...(failure === undefined ? {} : { failure }),
    notes,
    targets: targets.map(target => targetResult(target, executed)),
  };
}

function targetResult({ plan, streams, failure, left, took }: TargetOutcome, executed: boolean) {
  return {
    site: plan.site.name,
    mode: plan.mode,
    ...(plan.app === undefined ? {} : { app: plan.app }),
    name: plan.name,
    options: plan.options,
    missingStreams: plan.missing,
    streams: streams.map(({ stream, did, app, backup, task }, index) => ({
      stream: stream.name,
      plan: plan.steps[index]?.do,
      ...replaced(plan, index),
      ...taskResult(plan, index, task),
      ...(backup === undefined ? {} : { backup }),
      ...(executed ? { did, ...(app ? { app: app.id } : {}) } : {}),
    })),
    ...(executed ? { leftBehind: left, milliseconds: took } : {}),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** The plan for the reload task, and what came of it. */
function taskResult(
  { reloadTask }: TargetPlan,
  index: number,
  outcome: StreamOutcome['task'],
): Record<string, unknown> {
  const step = reloadTask?.steps[index];
  if (!step) return {};
  const known = step.do === 'make' ? {} : { id: step.task.id };
  return { task: { name: step.name, plan: step.do, ...known, ...outcome } };
}

/** The plan's facts about the target's app. */
function replaced(plan: TargetPlan, index: number): Record<string, unknown> {
  const step = plan.steps[index];
  if (!step || step.do === 'publish') return {};
  const { id, owner, fileSize, lastReloadTime, modifiedDate } = step.app;
  const facts = {
    owner: owner && `${owner.userDirectory}\\${owner.userId}`,
    fileSize,
    lastReloadTime,
    modifiedDate,
  };
  return {
    app: id,
    before: facts,
    ...(step.do === 'replace' && step.changes ? { changes: step.changes } : {}),
  };
}
