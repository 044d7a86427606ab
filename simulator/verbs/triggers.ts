import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { full } from '../shown/render.ts';
import type { Rule, Task, Trigger, User } from '../site/entities.ts';
import { nextOfTrigger } from '../site/next-execution.ts';
import type { Site } from '../site/site.ts';
import { json, Refusal } from './answers.ts';
import type { Call } from './call.ts';
import { found, idOf, readBody } from './call.ts';
import { created } from './catalogue.ts';
import { known, reference } from './references.ts';
import { change, checkVersion, versioned } from './update.ts';

type Kind = Trigger['schemaPath'];

const taskNamed = { reloadTask: reference.nullish(), externalProgramTask: reference.nullish() };
const rule = z.object({ ruleState: z.union([z.literal(1), z.literal(2)]), ...taskNamed });

const schemaEvent = z.object({
  timeZone: z.string().min(1).max(100),
  daylightSavingTime: z.number().int().default(0),
  startDate: z.string(),
  expirationDate: z.string(),
  schemaFilterDescription: z.array(z.string()),
  incrementDescription: z.string(),
  incrementOption: z.number().int().min(0).max(5),
});
const compositeEvent = z.object({
  timeConstraint: z.object({
    days: z.number().int().default(0),
    hours: z.number().int().default(0),
    minutes: z.number().int().default(0),
    seconds: z.number().int().default(0),
  }),
  compositeRules: z.array(rule),
});
const common = versioned.extend({
  name: z.string().min(1),
  enabled: z.boolean().default(true),
  ...taskNamed,
});
const bodies = {
  SchemaEvent: common.extend(schemaEvent.shape),
  CompositeEvent: common.extend(compositeEvent.shape),
} as const;

type Body = z.infer<(typeof bodies)[Kind]>;

export const createTrigger = (kind: Kind) => (call: Call) => {
  const trigger = newTrigger(call.site, kind, readBody<Body>(call, bodies[kind]), call.user);
  return created(call, call.site.triggers, trigger);
};

/** The triggers that come along with a new task (docs/qrs.md 5.1). */
export function addTriggers(site: Site, task: Task, kind: Kind, given: readonly unknown[], by: User) {
  for (const one of given) {
    const body = z.looseObject({}).safeParse(one).data;
    const parsed = bodies[kind].safeParse({ ...body, reloadTask: task });
    if (!parsed.success) throw new Refusal(400, z.prettifyError(parsed.error));
    const trigger = newTrigger(site, kind, parsed.data, by);
    site.triggers.set(trigger.id, trigger);
    site.added(trigger);
  }
}

export const updateTrigger = (kind: Kind) => (call: Call) => {
  const { site, user } = call;
  const trigger = found(site.triggers.get(idOf(call)));
  const body = readBody<Body>(call, bodies[kind]);
  checkVersion(site, trigger, body);
  const { name, enabled, settings, rules } = newTrigger(site, kind, body, user);
  change<Trigger>(site, trigger, { name, enabled, settings, rules }, user);
  return json(200, full(trigger));
};

function newTrigger(site: Site, kind: Kind, body: Body, by: User): Trigger {
  const { name, enabled } = body;
  const rules = 'compositeRules' in body ? body.compositeRules : [];
  const settings =
    'compositeRules' in body
      ? {
          timeConstraint: {
            ...site.stored(by),
            schemaPath: 'CompositeEventTimeConstraint',
            ...body.timeConstraint,
          },
        }
      : schemaEvent.parse(body);
  const trigger: Trigger = {
    ...site.stored(by),
    schemaPath: kind,
    name,
    enabled,
    task: taskIn(site, body),
    settings,
    rules: rules.map(
      (one): Rule => ({
        ...site.stored(by),
        ruleState: one.ruleState,
        task: taskIn(site, one),
      }),
    ),
    operationalId: randomUUID(),
    next: () => nextOfTrigger(site, trigger),
  };
  return trigger;
}

function taskIn(
  site: Site,
  { reloadTask, externalProgramTask }: z.infer<z.ZodObject<typeof taskNamed>>,
): Task {
  const id = reloadTask?.id ?? externalProgramTask?.id;
  if (id === undefined) throw new Refusal(400, 'Missing: reloadTask or externalProgramTask');
  return known(site.tasks.get(id), 'task');
}
