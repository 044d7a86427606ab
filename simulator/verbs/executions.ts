import type { App, ExecutionSession, Task } from '../site/entities.ts';
import type { StatusName } from '../site/enums.ts';
import type { ExecutionResult } from '../site/execution-result.ts';
import { newResult, scheduler } from '../site/new-result.ts';
import type { Attempt, Run } from '../site/runs.ts';
import type { Site } from '../site/site.ts';
import { conclude, move, note } from './results.ts';

interface Step {
  readonly status: StatusName;
  /** Undefined: for ever. */
  readonly lasts: number | undefined;
}

const manual = 1;
const deletedTask = 3;

/** The session of the task's current run, if it runs. A session that only lingers is over. */
export const runningSession = (site: Site, task: Task) =>
  site.sessions.values().find(session => session.task === task && !session.over);

/** The session of the app's current reload, if there is one. */
export const runningOf = (site: Site, app: App) =>
  site.sessions
    .values()
    .find(({ task, over }) => task.schemaPath === 'ReloadTask' && task.app === app && !over);

/** Starts the task's next run, even beside another. Undefined if the data file refuses it or the app is gone. */
export function startRun(site: Site, task: Task, user: string): ExecutionSession | undefined {
  const run = task.runs[Math.min(task.started, task.runs.length - 1)];
  task.started += 1;
  if (task.schemaPath === 'ReloadTask' && !site.apps.has(task.app.id)) return undefined;
  return run && !run.startRefused ? begin(site, task, run, user) : undefined;
}

function begin(site: Site, task: Task, { attempts }: Run, user: string) {
  const [first, ...retries] = attempts;
  if (!first) throw new Error('a run has at least one attempt');
  const stored = site.stored(scheduler(site));
  const session: ExecutionSession = {
    ...stored,
    schemaPath: 'ExecutionSession',
    task,
    user,
    result: newResult(site, task, stored.id, first.node, stored.createdDate),
    retries: 0,
    abortReason: 0,
    over: false,
    cancel: () => {},
  };
  site.sessions.set(session.id, session);
  site.added(session);
  attempt(site, session, first, retries);
  return session;
}

function attempt(site: Site, session: ExecutionSession, plan: Attempt, later: readonly Attempt[]) {
  const { result, task } = session;
  note(site, result, `Changing task state ${task.lastResult ? '' : 'from NeverStarted '}to Triggered`);
  note(site, result, 'Trying to start task.  Sending task to slave scheduler');
  for (const message of plan.details) note(site, result, message);
  appear(site, session, result);
  pass(site, session, stepsOf(plan, session.retries > 0), () => {
    const [next, ...rest] = later;
    if (!next) return finish(site, session, plan.ends, plan.log);
    conclude(site, task, result, plan.ends, plan.log);
    session.retries += 1;
    session.result = newResult(site, task, session.id, next.node, site.now());
    attempt(site, session, next, rest);
  });
}

function stepsOf({ takes, queued, through, never }: Attempt, retry: boolean): Step[] {
  const waits: Step[] = queued > 0 ? [{ status: retry ? 'Retry' : 'Queued', lasts: queued }] : [];
  const statuses: StatusName[] = ['Started', ...through];
  const parts = inParts(takes, statuses.length);
  const steps = statuses.map((status, index) => {
    return { status, lasts: never && index === through.length ? undefined : parts[index] };
  });
  return [...waits, ...steps];
}

/** Equal parts, in whole milliseconds. */
function inParts(total: number, count: number): number[] {
  const until = (index: number) => Math.floor((total * index) / count);
  return Array.from({ length: count }, (_, index) => until(index + 1) - until(index));
}

function pass(site: Site, session: ExecutionSession, steps: readonly Step[], done: () => void) {
  const [step, ...rest] = steps;
  if (!step) return done();
  move(site, session.result, step.status);
  if (step.lasts === undefined) return;
  session.cancel = site.later(step.lasts, () => pass(site, session, rest, done));
}

/** The run's result, and the task's reference to it, may appear late (docs/qrs.md 5.3). */
function appear(site: Site, { task }: ExecutionSession, result: ExecutionResult) {
  const { resultLate, staleLastResult } = site.switches;
  soon(site, resultLate, () => {
    result.visible = true;
    site.results.set(result.id, result);
    site.added(result);
  });
  soon(site, Math.max(resultLate, staleLastResult), () => {
    task.lastResult = result;
    operated(site, task);
  });
}

function soon(site: Site, milliseconds: number, work: () => void) {
  if (milliseconds > 0) site.later(milliseconds, work);
  else work();
}

function operated(site: Site, task: Task) {
  if (site.tasks.has(task.id)) site.touch(task, scheduler(site), ['operational']);
}

function finish(site: Site, session: ExecutionSession, status: StatusName, log?: string) {
  session.over = true;
  conclude(site, session.task, session.result, status, log);
  operated(site, session.task);
  soon(site, site.switches.sessionLingers, () => site.remove(session));
}

/** Stops all runs of the task. Stopping takes time; until then the run has not ended (docs/qrs.md 5.4). */
export function stopRuns(site: Site, task: Task) {
  const [initiated, aborting] = inParts(site.switches.stopTakes, 2);
  for (const session of [...site.sessions.values()]) {
    if (session.task !== task || session.over || session.abortReason !== 0) continue;
    session.cancel();
    session.abortReason = manual;
    site.touch(session, scheduler(site), ['abortReason']);
    const steps: Step[] = [
      { status: 'AbortInitiated', lasts: initiated },
      { status: 'Aborting', lasts: aborting },
    ];
    pass(site, session, steps, () => finish(site, session, 'Aborted'));
  }
}

/** Deletes the task and aborts its runs at once. */
export function removeTask(site: Site, task: Task) {
  site.tasks.delete(task.id);
  for (const trigger of [...site.triggers.values()]) if (trigger.task === task) site.remove(trigger);
  for (const session of [...site.sessions.values()]) {
    if (session.task !== task || session.over) continue;
    session.cancel();
    session.abortReason = deletedTask;
    finish(site, session, 'Aborted');
  }
  site.remove(task);
}
