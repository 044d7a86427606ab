import { z } from 'zod';
import { parseDuration } from '../base/duration.ts';
import { InputError } from '../base/errors.ts';
import { closed, readYaml, type YamlText } from '../base/yaml.ts';

export type Name = { by: 'id'; id: string } | { by: 'name'; name: string };

/** What is asked: a reload request with its defaults filled in. Durations in ms. */
export interface Request {
  site: string | undefined;
  tasks: readonly Name[];
  apps: readonly Name[];
  partial: boolean;
  order: 'parallel' | 'sequence';
  whenRunning: 'join' | 'fail' | 'wait';
  wait: boolean;
  /** Of each task, from its start or its wait. */
  timeout: number;
  /** Of the whole request, from its survey on. */
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
  .transform((text): Name => {
    const id = z.guid().safeParse(text);
    return id.success ? { by: 'id', id: id.data.toLowerCase() } : { by: 'name', name: text };
  });
const names = z.array(name).min(1, 'must name at least one');
const duration = z.union([z.string(), z.number()]).transform((text, context) => {
  const ms = parseDuration(String(text));
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: 'must be a duration such as 90s, 30m or 2h', input: text });
  return z.NEVER;
});
const stopOrLeave = z.enum(['stop', 'leave']).default('stop');

/** How a reload request is written. */
export const requestShape = closed({
  site: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .optional()
    .describe('The site, by its name in sites. May be absent where there is only one.'),
  task: name.optional().describe('A reload task or external program task, by name or id.'),
  tasks: names.optional().describe('Several tasks.'),
  app: name
    .optional()
    .describe('An app, by name or id, reloaded by its manual task, which is made where there is none.'),
  apps: names.optional().describe('Several apps.'),
  partial: z.boolean().default(false).describe('A partial reload.'),
  order: z
    .enum(['parallel', 'sequence'])
    .default('parallel')
    .describe('All at once, or one after the other until one does not succeed.'),
  'when-running': z
    .enum(['join', 'fail', 'wait'])
    .default('join')
    .describe('Where the task runs already: follow that run, fail, or wait for its end and start.'),
  wait: z.boolean().default(true).describe('false: start, report the session, and do not wait.'),
  timeout: duration.default(SIX_HOURS).describe('For each task, from its start or its wait: 90s, 30m, 2h.'),
  'total-timeout': duration.optional().describe('For the whole request.'),
  'on-timeout': stopOrLeave.describe('Stop the run, or leave it going.'),
  'on-cancel': stopOrLeave.describe('The same when the job is cancelled.'),
  log: z
    .enum(['on-failure', 'always', 'never'])
    .default('on-failure')
    .describe('When the script log is saved and its end shown.'),
});

/** Reads a reload request. Throws InputError with every problem, each with line and column. */
export function readRequest(yaml: YamlText): Request {
  const given = readYaml(requestShape, yaml, { showValues: true });
  const asked = ['task', 'tasks', 'app', 'apps'].filter(
    key => key in given && Reflect.get(given, key) !== undefined,
  );
  if (asked.length !== 1) {
    throw new InputError(
      `${yaml.from}: give one of task, tasks, app or apps${asked.length > 1 ? `; found ${asked.join(' and ')}` : ''}.`,
    );
  }
  if (given.order === 'sequence' && !given.wait) {
    throw new InputError(
      `${yaml.from}: "order: sequence" waits for each run, so "wait: false" cannot go with it.`,
    );
  }
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
