import { didYouMean } from '../../base/nearest.ts';
import type { Tag } from '../../qrs/entities.ts';
import { oldestFirst } from '../../qrs/make-once.ts';
import type { Triggers, Upstream } from '../../qrs/reload-tasks/triggers.ts';
import type { Site } from '../../sites/site.ts';
import { planProperties } from '../plan/attributes.ts';
import type { Step } from '../plan/planned.ts';
import { missingSentence } from '../requires/refuse-missing.ts';
import type { Names, TargetFacts } from '../survey/facts.ts';
import { taskDifferences, type WantedTask } from './differences.ts';
import type { AskedTask, ReloadTaskPlan, TaskStep } from './planned-task.ts';
import { LONGEST_TASK_NAME, type ReloadTaskOptions } from './reload-task-shape.ts';
import { taskNameFor } from './task-name.ts';

const NO_TRIGGERS: Triggers = { schedules: [], chains: [] };

/**
 * Plans the reload task of each place: every app that is live afterwards has one. A task of its name that is there
 * stays, and is brought up to date if the spec asks for that. Pure.
 */
export function planReloadTask(
  asked: AskedTask | undefined,
  { name, steps, site }: { name: string; steps: readonly Step[]; site: Site },
  facts: TargetFacts,
): { plan: ReloadTaskPlan | undefined; refusals: string[] } {
  if (!asked) return { plan: undefined, refusals: [] };
  const planned = steps.map(step =>
    planStep(step, taskNameFor(asked.options, name, step.stream.name), asked, facts),
  );
  const makes = planned.some(step => step.do === 'make');
  return {
    plan: { ...asked, steps: planned },
    refusals: [
      ...planned.flatMap(step => refuseStep(step, asked.wanted, site)),
      ...(makes && facts.reloadTasks.mayMake === false
        ? [`${site.user} may not create tasks on site "${site.name}" ("reload-task").`]
        : []),
    ],
  };
}

function planStep(
  step: Step,
  name: string,
  { options, wanted }: AskedTask,
  { reloadTasks: { own, triggers } }: TargetFacts,
): TaskStep {
  const live = step.do === 'publish' ? '' : step.app.id;
  const [task, ...others] = oldestFirst((own.get(live) ?? []).filter(one => one.name === name));
  if (!task) return { do: 'make', name };
  const known = triggers.get(task.id);
  const differs = known
    ? taskDifferences(task, known, wanted)
    : taskDifferences(task, NO_TRIGGERS, { ...wanted, schedule: undefined, after: undefined });
  return { do: options.update && differs.length > 0 ? 'update' : 'leave', name, task, others, differs };
}

function refuseStep(step: TaskStep, { after = [] }: WantedTask, site: Site): string[] {
  if (step.name.length > LONGEST_TASK_NAME)
    return [`its reload task would have a name of more than ${LONGEST_TASK_NAME} characters.`];
  if (step.name.trim() === '') return ['its reload task would have no name. Write more than {stream}.'];
  if (step.do !== 'make' && after.some(({ id }) => id === step.task.id))
    return [`its reload task "${step.name}" on site "${site.name}" would wait for itself ("after").`];
  return [];
}

/** The task by the target's own ids, and what the target lacks for it. Pure. */
export function wantedTask(options: ReloadTaskOptions, facts: Names, site: Site) {
  const { schedule, enabled, timeout, retries } = options;
  const after = options.after?.map(name => upstream(name, facts, site));
  const tags = (options.tags ?? []).map(name => tagOf(name, facts, site));
  const { properties, refusals } = planProperties(options.customProperties ?? {}, facts, {
    site: site.name,
    type: 'ReloadTask',
  });
  const wanted: WantedTask = {
    schedule,
    ...(enabled === undefined ? {} : { enabled }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(retries === undefined ? {} : { retries }),
    after: after?.flatMap(one => (typeof one === 'string' ? [] : [one])),
    tags: tags.flatMap(one => (typeof one === 'string' ? [] : [one])),
    properties,
  };
  const missing = [...(after ?? []), ...tags].filter(one => typeof one === 'string');
  return { asked: { options, wanted }, refusals: [...missing, ...refusals] };
}

const KINDS = ['reload', 'external program'] as const;

/** The task of that name, or why there is none to wait for. */
function upstream(name: string, { required: { tasks } }: Names, site: Site): Upstream | string {
  const found = tasks.found.filter(task => task.name === name);
  const [only, second] = found;
  if (!only)
    return `${missingSentence(site, 'task', name, tasks)} Its reload task would wait for it ("after").`;
  if (second) {
    const ids = found.map(({ id }) => id).join(', ');
    return `site "${site.name}" has ${found.length} tasks called "${name}" (${ids}); rename all but one ("after").`;
  }
  const kind = KINDS[only.taskType ?? 0];
  if (!kind)
    return `task "${name}" on site "${site.name}" is of a type for which no other task can wait ("after").`;
  return { id: only.id, name, kind };
}

function tagOf(name: string, { tags, others }: Names, site: Site): Tag | string {
  const tag = tags.find(one => one.name === name);
  if (tag) return { id: tag.id, name: tag.name };
  const hint = didYouMean(name, others.tags) || ' Make it in the QMC.';
  return `site "${site.name}" has no tag "${name}" for the reload task.${hint}`;
}
