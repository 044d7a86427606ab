import { didYouMean, mostSimilar } from '../base/nearest.ts';
import type { AppFields } from '../qrs/entities.ts';
import type { Result } from '../qrs/execution-results.ts';
import type { ExecutionSession } from '../qrs/executions.ts';
import { oldestFirst } from '../qrs/make-once.ts';
import { manualTaskName, type Task } from '../qrs/tasks.ts';
import type { NameOrId, ReloadRequest } from './request.ts';
import type { Survey } from './survey.ts';

/** The steps of a reload request. Follows from the facts alone; the run does exactly this. */
export interface Plan {
  site: string;
  runs: readonly RunPlan[];
  /** Sentences that say why nothing is started. */
  refusals: readonly string[];
}

export interface RunPlan {
  /** The task, or the app that needs one. */
  of: { task: Task; note?: string } | { app: AppFields; partial: boolean };
  /** The run's name in sentences: the task's name. */
  name: string;
  do: 'start' | 'join' | 'start when the running one has ended';
  /** The task's run in progress. */
  running: ExecutionSession | undefined;
  /** Earlier runs of the task, newest first. */
  history: readonly Result[];
}

/** Plans a reload. Pure: no clock, no log, no calls to a site. */
export function plan(request: ReloadRequest, survey: Survey, site: string): Plan {
  const refusals: string[] = [];
  const runs: RunPlan[] = [];
  const wanted = [
    ...request.tasks.map(name => pickTask(request, survey, name, site)),
    ...request.apps.map(name => pickApp(request, survey, name, site)),
  ];
  for (const one of wanted) {
    if ('refusal' in one) refusals.push(one.refusal);
    else if (!runs.some(run => sameRun(run.of, one))) {
      const run = planRun(request, survey, one);
      if ('refusal' in run) refusals.push(run.refusal);
      else runs.push(run);
    }
  }
  return { site, runs, refusals };
}

type Picked = RunPlan['of'] | { refusal: string };

function pickTask(request: ReloadRequest, { tasks, others }: Survey, name: NameOrId, site: string): Picked {
  const found = tasks.filter(task => (name.by === 'id' ? task.id === name.id : task.name === name.name));
  const [task, second] = found;
  if (!task) return { refusal: otherType(name, others, site) ?? notThere('task', name, others, site) };
  if (second) {
    const candidates = found.map(one => `${one.id} (${one.kind}${one.app ? ` of "${one.app.name}"` : ''})`);
    return { refusal: several('tasks', name, candidates, site) };
  }
  if (!task.enabled)
    return { refusal: `Task "${task.name}" on site "${site}" is disabled; enable it in the QMC.` };
  if (request.partial && !task.isPartialReload) {
    return {
      refusal:
        `Task "${task.name}" does a full reload, and QRS keeps that in the task: ` +
        'set it to partial there, or ask for the app in place of the task.',
    };
  }
  return { task };
}

function pickApp(
  request: ReloadRequest,
  { apps, tasks, others }: Survey,
  name: NameOrId,
  site: string,
): Picked {
  const found = apps.filter(app => (name.by === 'id' ? app.id === name.id : app.name === name.name));
  const [app, second] = found;
  if (!app) return { refusal: notThere('app', name, others, site) };
  if (second) {
    const candidates = found.map(
      one => `${one.id} (${one.stream ? `in "${one.stream.name}"` : 'unpublished'})`,
    );
    return { refusal: several('apps', name, candidates, site) };
  }
  const title = manualTaskName(app, request.partial);
  const manual = tasks.filter(task => task.app?.id === app.id && task.name === title);
  const [usable, twin] = oldestFirst(
    manual.filter(task => task.enabled && (task.isPartialReload ?? false) === request.partial),
  );
  if (usable) return { task: usable, ...(twin ? { note: twinTasks(usable, manual.length) } : {}) };
  if (manual.length === 0) return { app, partial: request.partial };
  return {
    refusal: `Task "${title}" on site "${site}" is disabled or of the other kind of reload; put it right in the QMC.`,
  };
}

function twinTasks({ name, id }: Task, count: number): string {
  return `There are ${count} tasks called "${name}"; the oldest was taken (${id}). Delete the others in the QMC.`;
}

function called(name: NameOrId): string {
  return name.by === 'id' ? `with id ${name.id}` : `called "${name.name}"`;
}

/** A task of another type than reloads and external programs: QRS has more types, which this tool does not start. */
function otherType(name: NameOrId, others: Survey['others'], site: string): string | undefined {
  const found = others.find(one => (name.by === 'id' ? one.id === name.id : one.name === name.name));
  if (!found) return undefined;
  return (
    `Task "${found.name}" on site "${site}" is neither a reload task nor an external program task, or its details may ` +
    'not be read: other types, such as user synchronisation, are not started here.'
  );
}

function notThere(what: string, name: NameOrId, others: Survey['others'], site: string): string {
  const names = others.map(one => one.name);
  const alike = name.by === 'name' ? mostSimilar(name.name, names).map(one => `"${one}"`) : [];
  const near = name.by === 'name' ? didYouMean(name.name, names) : '';
  const instead = near || (alike.length > 0 ? ` It has ${alike.join(', ')}.` : '');
  return `Site "${site}" has no ${what} ${called(name)}, or it may not be read.${instead}`;
}

function several(what: string, name: NameOrId, candidates: readonly string[], site: string): string {
  return `Site "${site}" has ${candidates.length} ${what} ${called(name)}; give one by id: ${candidates.join(', ')}.`;
}

function sameRun(one: RunPlan['of'], other: RunPlan['of']): boolean {
  if ('task' in one) return 'task' in other && one.task.id === other.task.id;
  return 'app' in other && one.app.id === other.app.id;
}

function planRun(request: ReloadRequest, survey: Survey, of: RunPlan['of']): RunPlan | { refusal: string } {
  const name = 'task' in of ? of.task.name : manualTaskName(of.app, of.partial);
  const id = 'task' in of ? of.task.id : undefined;
  const running = survey.sessions.find(session => id !== undefined && session.task === id);
  if (running && request.whenRunning === 'fail') {
    return { refusal: `Task "${name}" is running already (session ${running.id}).` };
  }
  const history = survey.history.filter(result => id !== undefined && result.taskID === id);
  const todo = !running
    ? 'start'
    : request.whenRunning === 'join'
      ? 'join'
      : 'start when the running one has ended';
  return { of, name, do: todo, running, history };
}
