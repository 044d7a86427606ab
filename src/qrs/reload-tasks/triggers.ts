import * as z from 'zod';
import type { Qrs } from '../connection.ts';
import { anyOf, equalsId } from '../filter.ts';
import { allOf, or, reference } from '../shape.ts';

/** A schedule of a task: when QRS starts it by the clock (docs/qrs.md 5.6). */
export interface Repeat {
  /** The first start by the clocks of the zone, `2026-11-27T02:00:00.000`. */
  start: string;
  /** The IANA name. */
  timeZone: string;
  /** Minutes from one start to the next. */
  every: number;
}

const taskReference = reference(z.looseObject({ id: z.guid() }));
const scheduleSchema = z.looseObject({
  id: z.guid(),
  name: or(z.string(), ''),
  enabled: or(z.boolean(), true),
  timeZone: or(z.string(), ''),
  startDate: or(z.string(), ''),
  schemaFilterDescription: or(z.array(z.string()), []),
  incrementDescription: or(z.string(), ''),
  incrementOption: or(z.number(), 0),
  reloadTask: taskReference,
  operational: z.looseObject({ nextExecution: z.string().nullish() }).nullish(),
});
const chainSchema = z.looseObject({
  id: z.guid(),
  name: or(z.string(), ''),
  enabled: or(z.boolean(), true),
  reloadTask: taskReference,
  compositeRules: or(
    z.array(
      z.looseObject({
        ruleState: z.number(),
        reloadTask: taskReference,
        externalProgramTask: taskReference,
      }),
    ),
    [],
  ),
});
export type ScheduleEvent = z.infer<typeof scheduleSchema>;
export type ChainEvent = z.infer<typeof chainSchema>;

/** What starts a task: schedules, and chains, which start it after other tasks. */
export interface Triggers {
  schedules: readonly ScheduleEvent[];
  chains: readonly ChainEvent[];
}

/** The triggers of these reload tasks, by task id. */
export async function triggersOf(qrs: Qrs, taskIds: readonly string[]): Promise<Map<string, Triggers>> {
  const schedules = await eventsOf(qrs, scheduleSchema, 'schemaevent', taskIds);
  const chains = await eventsOf(qrs, chainSchema, 'compositeevent', taskIds);
  const ofTask = (id: string) => (event: { reloadTask?: { id: string } | null | undefined }) =>
    event.reloadTask?.id === id;
  return new Map(
    taskIds.map(id => [id, { schedules: schedules.filter(ofTask(id)), chains: chains.filter(ofTask(id)) }]),
  );
}

async function eventsOf<T>(qrs: Qrs, schema: z.ZodType<T>, type: string, taskIds: readonly string[]) {
  const attempt = 'look up what starts tasks';
  const found: T[] = [];
  for (const filter of anyOf(taskIds.map(id => equalsId('reloadTask.id', id)))) {
    const listed = await qrs.list(schema, {
      method: 'GET',
      path: `/qrs/${type}/full`,
      query: { filter },
      attempt,
      time: 'list',
      hints: { 403: `Has ${qrs.site.user} the right to read tasks and their triggers?` },
    });
    found.push(...allOf(listed, qrs, attempt));
  }
  return found;
}

const DAY = 1440;
/** No end: what the QMC writes (docs/qrs.md 5.6). */
const NEVER = '9999-01-01T00:00:00.000';
/** Minutes for which a success of another task counts, where there are several: what clients write. */
const CHAIN_MINUTES = 360;
const SUCCESS = 1;

/** A schedule as QRS takes it: option 2 is daily, 1 hourly; an increment is "minutes hours days weeks". */
export function scheduleBody(name: string, { start, timeZone, every }: Repeat) {
  const daily = every % DAY === 0;
  return {
    name: name.slice(0, 500),
    enabled: true,
    eventType: 0,
    timeZone,
    daylightSavingTime: 0,
    startDate: start,
    expirationDate: NEVER,
    schemaFilterDescription: ['* * - * * * * *'],
    incrementDescription: daily ? `0 0 ${every / DAY} 0` : `${every % 60} ${Math.floor(every / 60)} 0 0`,
    incrementOption: daily ? 2 : 1,
  };
}

/** A task that starts another one when it has succeeded. */
export interface Upstream {
  id: string;
  name: string;
  kind: 'reload' | 'external program';
}

/** A chain as QRS takes it: it starts its task when all of these have succeeded. */
export function chainBody(name: string, after: readonly Upstream[]) {
  return {
    name: name.slice(0, 500),
    enabled: true,
    eventType: 1,
    timeConstraint: { days: 0, hours: 0, minutes: CHAIN_MINUTES, seconds: 0 },
    compositeRules: after.map(({ id, kind }) => ({
      ruleState: SUCCESS,
      ...(kind === 'reload' ? { reloadTask: { id } } : { externalProgramTask: { id } }),
    })),
  };
}

/** Whether a schedule repeats so, apart from its start. Pure. */
export function repeatsSo(event: ScheduleEvent, repeat: Omit<Repeat, 'start'>): boolean {
  const wanted = scheduleBody('', { ...repeat, start: '' });
  return (
    event.enabled &&
    event.timeZone === repeat.timeZone &&
    event.incrementDescription === wanted.incrementDescription &&
    event.incrementOption === wanted.incrementOption &&
    event.schemaFilterDescription.join() === wanted.schemaFilterDescription.join()
  );
}

/** Minutes from one start to the next; 0 for a schedule that starts once, or by another rule. Pure. */
export function repeatOf({ incrementDescription }: ScheduleEvent): number {
  const [minutes = 0, hours = 0, days = 0, weeks = 0] = incrementDescription.split(' ').map(Number);
  return minutes + 60 * hours + DAY * (days + 7 * weeks) || 0;
}

/** The ids of the tasks whose success starts the task by this chain; undefined for a chain of another kind. Pure. */
export function startsAfter({ enabled, compositeRules }: ChainEvent): ReadonlySet<string> | undefined {
  const ids = compositeRules.map(rule => rule.reloadTask?.id ?? rule.externalProgramTask?.id ?? '');
  const plain = enabled && compositeRules.every(({ ruleState }) => ruleState === SUCCESS);
  return plain ? new Set(ids) : undefined;
}

/** When the schedule starts its task next, ms since the epoch; undefined where the site does not say. Pure. */
export function nextStart({ operational }: ScheduleEvent): number | undefined {
  const next = Date.parse(operational?.nextExecution ?? '');
  // QRS writes a date of 1753 for a missing date (docs/qrs.md 1).
  return Number.isNaN(next) || next < 0 ? undefined : next;
}

/** The fields that QRS itself sets. */
const OWN = new Set(['id', 'createdDate', 'modifiedDate', 'modifiedByUserName', 'schemaPath', 'operational']);

/** A task or a trigger without these fields. Pure. */
export function withoutOwnFields(one: object): object {
  return Object.fromEntries(Object.entries(one).filter(([key]) => !OWN.has(key)));
}

/** A trigger as a new one of the same settings. Pure. */
export function asNew(event: ScheduleEvent | ChainEvent): object {
  const plain = withoutOwnFields(event);
  if (!('compositeRules' in event) || !Array.isArray(event.compositeRules)) return plain;
  return { ...plain, compositeRules: event.compositeRules.map(withoutOwnFields) };
}

/** Gives a schedule another start. */
export async function moveStart(qrs: Qrs, event: ScheduleEvent, startDate: string): Promise<void> {
  const path = `/qrs/schemaevent/${event.id}`;
  const attempt = `set the start of schedule "${event.name}"`;
  await qrs.json(scheduleSchema, { method: 'PUT', path, attempt, body: { ...event, startDate } });
}
