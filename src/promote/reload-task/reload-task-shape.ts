import * as z from 'zod';
import { parseDuration } from '../../base/duration.ts';
import { nearest } from '../../base/nearest.ts';
import { closed } from '../../base/yaml.ts';
import { zoneNamed } from './time-zone.ts';

/** When a task starts by the clock. */
export interface Schedule {
  /** Minutes from one start to the next. */
  every: number;
  /** Minutes after midnight, by the clocks of the zone. */
  at: number;
  timeZone: string;
}

/** The reload task of a promoted app. What is undefined gets QRS's default in a new task, and stays in another. */
export interface ReloadTaskOptions {
  /** With `{app}` and `{stream}` in it. */
  name: string;
  schedule: Schedule | undefined;
  /** The names of tasks whose success starts it. */
  after: readonly string[] | undefined;
  enabled: boolean | undefined;
  /** Minutes. */
  timeout: number | undefined;
  retries: number | undefined;
  tags: readonly string[] | undefined;
  customProperties: Readonly<Record<string, readonly string[]>> | undefined;
  /** Bring a task that is there up to date. */
  update: boolean;
}

export const LONGEST_TASK_NAME = 500;
const MINUTE = 60_000;

const text = z.string().trim().min(1, 'must not be empty');
const taskName = text.max(LONGEST_TASK_NAME, `must have at most ${LONGEST_TASK_NAME} characters`);

const template = taskName.refine(name => !/\{(?!(?:app|stream)\})[^{}]*\}/.test(name), {
  error: 'may have {app} and {stream} in it, and no other word in braces',
});

const minutes = z.union([z.string(), z.number()]).transform((value, context) => {
  const ms = parseDuration(String(value));
  if (ms !== undefined && ms % MINUTE === 0) return ms / MINUTE;
  context.addIssue({
    code: 'custom',
    message: 'must be a duration in whole minutes, such as 30m, 2h or 1d',
    input: value,
  });
  return z.NEVER;
});

const timeOfDay = z.string().transform((value, context) => {
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(value.trim()) ?? [];
  if (hour !== undefined && minute !== undefined) return Number(hour) * 60 + Number(minute);
  context.addIssue({ code: 'custom', message: 'must be a time of day such as "02:00"', input: value });
  return z.NEVER;
});

const timeZone = text.transform((value, context) => {
  const zone = zoneNamed(value);
  if (zone !== undefined) return zone;
  const near = nearest(value, Intl.supportedValuesOf('timeZone')) ?? 'Europe/Berlin';
  context.addIssue({ code: 'custom', message: `must be a time zone such as ${near}`, input: value });
  return z.NEVER;
});

const values = z.union([text.transform(value => [value]), z.array(text)], {
  error: 'must be a value or a list of values',
});

const shape = closed({
  name: template
    .default('Reload {app}')
    .describe('The task’s name. {app} is the app’s name on the target, {stream} its stream.'),
  schedule: closed({
    every: minutes.describe('The time from one start to the next, such as 30m, 6h or 1d.'),
    at: timeOfDay
      .prefault('00:00')
      .describe('The time of day of a start. With every below a day: of the first start of a day.'),
    timezone: timeZone.prefault('Etc/UTC').describe('The time zone of at, such as Europe/Berlin.'),
  })
    .optional()
    .describe('Start the task by the clock.'),
  after: z
    .array(taskName)
    .optional()
    .describe('Start the task when all of these reload tasks or external program tasks have succeeded.'),
  enabled: z.boolean().optional().describe('false: make the task, but let nothing start it. Default: true.'),
  timeout: minutes.optional().describe('Abort a run that takes longer. Default: 24h.'),
  retries: z
    .number()
    .int()
    .min(0)
    .max(20, 'must be at most 20')
    .optional()
    .describe('How often QRS starts a failed run again. Default: 0.'),
  tags: z.array(text).optional().describe('Tags of the task, which the target must have.'),
  'custom-properties': z
    .record(text, values, { error: 'must be a mapping of properties to values' })
    .optional()
    .describe('Values of custom properties of the task, which the target must allow.'),
  update: z
    .boolean()
    .default(false)
    .describe('true: bring a task of that name up to date. false: leave it as it is.'),
});

/** `false` at a target takes back what the whole spec says. */
export const reloadTaskShape = z
  .union([z.literal(false), shape], { error: 'must be false or a mapping of the task’s keys' })
  .transform(given => (given === false ? false : optionsOf(given)));

function optionsOf({ schedule, ...given }: z.infer<typeof shape>): ReloadTaskOptions {
  const { name, after, enabled, timeout, retries, tags, update } = given;
  return {
    name,
    schedule: schedule && { every: schedule.every, at: schedule.at, timeZone: schedule.timezone },
    after: after && [...new Set(after)],
    enabled,
    timeout,
    retries,
    tags,
    customProperties: given['custom-properties'],
    update,
  };
}
