import * as z from 'zod';
import { durationShape } from '../base/duration.ts';
import { isMapping } from '../base/json.ts';
import { nearest } from '../base/nearest.ts';
import { closed, readYaml, type YamlText } from '../base/yaml.ts';
import type { Found } from '../base/yaml-problems.ts';
import { meantSite, type Named } from '../sites/names.ts';

export type NameOrId = { by: 'id'; id: string } | { by: 'name'; name: string };

/** A reload request with its defaults filled in. Durations in ms. */
export interface ReloadRequest {
  site: string | undefined;
  tasks: readonly NameOrId[];
  apps: readonly NameOrId[];
  partial: boolean;
  order: 'parallel' | 'sequence';
  whenRunning: 'join' | 'fail' | 'wait';
  wait: boolean;
  /** The time limit of each task, from its start or its wait. */
  timeout: number;
  /** The time limit of the whole request, from its survey on. */
  totalTimeout: number | undefined;
  onTimeout: 'stop' | 'leave';
  onCancel: 'stop' | 'leave';
  log: 'on-failure' | 'always' | 'never';
}

const SIX_HOURS = 6 * 3_600_000;

const name = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .transform((text): NameOrId => {
    const id = z.guid().safeParse(text);
    return id.success ? { by: 'id', id: id.data.toLowerCase() } : { by: 'name', name: text };
  });
const names = z.array(name).min(1, 'must name at least one');
const duration = durationShape();
const stopOrLeave = z.enum(['stop', 'leave']).default('stop');

/** The shape of a reload request. */
export const requestShape = closed({
  site: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .optional()
    .describe('The site: a name in sites. Default: the only site.'),
  task: name.optional().describe('A reload task or an external program task, by name or id.'),
  tasks: names.optional().describe('Several tasks, by name or id.'),
  app: name
    .optional()
    .describe(
      'An app, by name or id. Its task "Manually triggered reload of …" reloads it; QRS makes that task if it is missing.',
    ),
  apps: names.optional().describe('Several apps, by name or id.'),
  partial: z.boolean().default(false).describe('Reload partially: an app, or a task that is partial in QRS.'),
  order: z
    .enum(['parallel', 'sequence'])
    .default('parallel')
    .describe(
      'parallel: start all at once. sequence: one after the other, and stop after the first that does not succeed.',
    ),
  'when-running': z
    .enum(['join', 'fail', 'wait'])
    .default('join')
    .describe(
      'If the task is already running. join: follow that run. fail: fail. wait: wait for its end, then start.',
    ),
  wait: z.boolean().default(true).describe('false: start the reloads and do not wait for their end.'),
  timeout: duration.default(SIX_HOURS).describe('The time limit of each task, such as 90s, 30m or 2h.'),
  'total-timeout': duration.optional().describe('The time limit of the whole request.'),
  'on-timeout': stopOrLeave.describe('After the time limit. stop: stop the run. leave: let it continue.'),
  'on-cancel': stopOrLeave.describe('If the job is cancelled. stop: stop the run. leave: let it continue.'),
  log: z
    .enum(['on-failure', 'always', 'never'])
    .default('on-failure')
    .describe('When to save the script log and show its end.'),
});

/**
 * Reads a reload request. Throws InputError with every problem, each with line and column; an unknown site is a problem
 * where `sites` are given.
 */
export function readRequest(yaml: YamlText, sites?: readonly Named[]): ReloadRequest {
  const given = readYaml(requestShape, yaml, {
    showValues: true,
    check: value => (isMapping(value) ? requestProblems(value, sites) : []),
  });
  return {
    site: given.site,
    tasks: given.tasks ?? (given.task ? [given.task] : []),
    apps: given.apps ?? (given.app ? [given.app] : []),
    partial: given.partial,
    order: given.order,
    whenRunning: given['when-running'],
    wait: given.wait,
    timeout: given.timeout,
    totalTimeout: given['total-timeout'],
    onTimeout: given['on-timeout'],
    onCancel: given['on-cancel'],
    log: given.log,
  };
}

export const ASKS_FOR_SITE = { key: 'site', asks: 'The request does not say on which site' };

/** Problems between several keys, also where another key is wrong. Pure. */
function requestProblems(given: Readonly<Record<string, unknown>>, sites?: readonly Named[]): Found[] {
  const problems: Found[] = [];
  const isMisspelt = Object.keys(given).some(key => !(key in requestShape.shape) && nearest(key, ASKED));
  const asked = ASKED.filter(key => given[key] !== undefined);
  if (asked.length > 1 || (asked.length === 0 && !isMisspelt)) {
    const found = asked.length > 1 ? `; found ${asked.join(' and ')}` : '';
    problems.push({
      path: asked.slice(1, 2),
      text: `give one of task, tasks, app or apps${found}.`,
    });
  }
  if (given.order === 'sequence' && given.wait === false) {
    const text =
      '"order: sequence" waits for each run, so "wait: false" cannot go with it. Leave one of them out.';
    problems.push({ path: ['wait'], text });
  }
  const { site } = given;
  if (sites && (site === undefined || typeof site === 'string')) {
    const meant = meantSite(sites, site, ASKS_FOR_SITE);
    if (typeof meant === 'string') problems.push({ path: ['site'], text: meant });
  }
  return problems;
}

const ASKED = ['task', 'tasks', 'app', 'apps'];
