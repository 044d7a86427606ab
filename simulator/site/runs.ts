import { z } from 'zod';
import { enums } from './enums.ts';
import { propertiesSchema } from './properties.ts';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
// The longest time that a timer can wait.
const longest = 2 ** 31 - 1;

const duration = z.union([z.number().int().min(0).max(longest), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value;
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/.exec(value.trim()) ?? [];
  const milliseconds = Math.round(Number(amount) * (units[unit] ?? Number.NaN));
  if (milliseconds <= longest) return milliseconds;
  const message = `"${value}" is not a duration such as 500ms, 2s, 5m or 1h, up to 24 days`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const status = z.enum(enums.status);

const attemptSchema = z.strictObject({
  takes: duration.optional(),
  ends: status.optional(),
  /** How long the attempt is Queued (or Retry, after the first attempt) before it is Started. */
  queued: duration.optional(),
  /** The statuses before the end, each for an equal part of `takes`. */
  through: z.array(status).optional(),
  node: z.string().min(1).optional(),
  /** Messages in addition to those that QRS itself writes. */
  details: z.array(z.string()).optional(),
  /** Whether the attempt never ends by itself. */
  never: z.boolean().optional(),
  /** The last lines of the script log. */
  log: z.string().optional(),
});

function filledIn(given: z.infer<typeof attemptSchema>, index: number) {
  const { takes = 1000, ends = 'FinishedSuccess', through = [], node = 'sched-01', details = [] } = given;
  // A retry is queued for a while, so that clients can see the status between two attempts.
  const { queued = index === 0 ? 0 : 100, never = false, log } = given;
  return { takes, ends, queued, through, node, details, never, log };
}

const own = ['takes', 'ends', 'queued', 'through', 'node', 'details', 'never', 'log'] as const;

/** One run of a task. `attempts` lists all attempts; without it, the run's own fields describe the only attempt. */
const runSchema = attemptSchema
  .extend({
    /** The start returns the zero id and makes no session. */
    startRefused: z.boolean().default(false),
    attempts: z.array(attemptSchema).min(1).optional(),
  })
  .superRefine((run, context) => {
    const twice = own.filter(name => run.attempts && run[name] !== undefined);
    for (const name of twice)
      context.addIssue({ code: 'custom', path: [name], message: 'belongs into each of the attempts' });
  })
  .transform(({ startRefused, attempts, ...single }) => ({
    startRefused,
    attempts: (attempts ?? [single]).map(filledIn),
  }));

/** A run that was over before the site began. */
const pastSchema = attemptSchema
  .pick({ takes: true, ends: true, node: true, details: true, log: true })
  .extend({ ago: duration.default(units.h ?? 0) });

export const taskSchema = z.strictObject({
  id: z.guid().toLowerCase().optional(),
  name: z.string().min(1).max(500),
  app: z.string().optional(),
  type: z.enum(['reload', 'external']).default('reload'),
  enabled: z.boolean().default(true),
  maxRetries: z.number().int().min(0).max(20).default(0),
  partial: z.boolean().default(false),
  tags: z.array(z.string()).default([]),
  properties: propertiesSchema,
  /** The newest first. */
  last: z.union([pastSchema.transform(one => [one]), z.array(pastSchema)]).default([]),
  /** The runs in order; the last one repeats. */
  runs: z.array(runSchema).min(1).prefault([{}]),
});

export type Run = z.infer<typeof runSchema>;
export type Attempt = Run['attempts'][number];
export type TaskData = z.infer<typeof taskSchema>;
export type PastRun = TaskData['last'][number];

/** The runs of a task that is not in the data file. */
export const ordinaryRuns = (): Run[] => [runSchema.parse({})];

export const attemptOf = ({ ago: _, ...past }: PastRun): Attempt => filledIn(past, 0);
