import { messageOf, RemoteError } from '../../base/errors.ts';
import type { Qrs } from '../../qrs/connection.ts';
import { findTasks, type Task } from '../../qrs/tasks.ts';
import type { Subscription } from '../config/settings.ts';
import { type Loop, loop } from '../loop.ts';
import type { Relay } from '../relay.ts';
import type { NewDelivery } from '../store/accept.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Decision } from '../store/read.ts';
import { decide, type Verdict } from './decide.ts';
import { firstReadings } from './first-reading.ts';
import { payloadOf } from './payload.ts';
import { type Due, type ReadBack, type Reading, readBack } from './read-back.ts';

export interface Reviewing {
  qrs: Qrs;
  /** Those of one type. */
  subscriptions: readonly Subscription[];
  /** Something new is wanted. */
  decided: () => void;
  /** The site did not answer: it may not notify either. */
  silent: () => void;
  /** A state was dispatched that may be older than its notification: the site is to be asked for a newer one. */
  late: () => void;
}

/** The store is looked at so often even if nobody rings, ms: a command may have changed it. */
const LOOK = 5_000;
/** Between tries for an entity that the site cannot show, ms. */
const SOONEST = 2_000;
const LATEST = 300_000;
/** The first and the longest pause while the site does not answer, ms, and the one after a refusal. */
const FIRST = 1_000;
const LONGEST = 60_000;
const REFUSED = 1_000;

export interface Review extends Loop {
  /** The relay has just heard of these for the first time. */
  heard(added: readonly NewDelivery[]): void;
  /** The site is known to answer again. */
  back(): void;
}

interface Decided extends Due {
  reading: Reading;
  verdict: Verdict;
}

/** Reads back what is due of one type of one site, and decides. */
export function review(relay: Relay, given: Reviewing): Review {
  const { store, clock, log, metrics, redact } = relay;
  const { qrs, subscriptions } = given;
  const site = qrs.site.name;
  const names = subscriptions.map(({ name }) => name);
  const what = `${subscriptions[0]?.entity} of site "${site}"`;
  const pause = { until: 0, length: 0 };
  /** Subscriptions of which the log says that an entity cannot be read. */
  const logged = new Set<string>();
  const first = firstReadings(relay, { qrs, subscriptions, done: () => reviewing.ring() });

  async function turn(): Promise<number> {
    const wait = Math.ceil(pause.until - clock.steady());
    if (wait > 0) return Math.min(wait, LOOK);
    const due = await store.toRead(clock.steady(), site, names);
    const ready = due.filter(({ id }) => !first.isReading(id));
    if (ready.length > 0) return readAndDecide(ready);
    if (due.length > 0) {
      await first.settled();
      return 0;
    }
    const next = (await store.nextDue(site, names)) ?? Number.POSITIVE_INFINITY;
    return Math.max(1, Math.min(next - clock.steady(), LOOK));
  }

  async function readAndDecide(deliveries: readonly Delivery[]): Promise<number> {
    const due = deliveries.flatMap((delivery): Due[] => {
      const subscription = subscriptions.find(({ name }) => name === delivery.subscription);
      return subscription ? [{ delivery, subscription }] : [];
    });
    try {
      const results = await readBack(qrs, due);
      await answered();
      return await decideAll(due, results);
    } catch (error) {
      if (error instanceof RemoteError) return silence(error);
      throw error;
    }
  }

  async function decideAll(due: readonly Due[], results: ReadBack): Promise<number> {
    const decided: Decided[] = [];
    const decisions: Decision[] = [];
    for (const one of due) {
      const reading = results.get(one.delivery);
      if (reading instanceof RemoteError) decisions.push(postponed(one.delivery, reading));
      else if (reading) decided.push({ ...one, reading, verdict: await judge(one, reading) });
    }
    const tasks = await tasksOf(qrs, decided);
    await conclude([...decisions, ...decided.map(one => decisionOf(one, tasks))]);
    if (decided.some(({ verdict }) => verdict.kind === 'wanted' && verdict.late)) given.late();
    return decided.length < due.length ? REFUSED : 0;
  }

  async function judge(one: Due, reading: Reading): Promise<Verdict> {
    logged.delete(one.subscription.name);
    const memory = await store.memory(one.delivery.subscription, one.delivery.object);
    return decide({ ...one, reading, memory });
  }

  function decisionOf({ delivery, reading, verdict }: Decided, tasks: readonly Task[]): Decision {
    if (verdict.kind === 'unwanted') return { ...verdict, delivery };
    if (verdict.kind === 'look') {
      const { after, as } = verdict;
      return { kind: 'again', delivery, due: clock.steady() + after, looks: delivery.looks + 1, change: as };
    }
    const { memory } = verdict;
    const task = tasks.find(({ id }) => id === taskIdIn(reading));
    const payload = payloadOf({ delivery, watched: reading.watched, task, name: memory.name });
    return { kind: 'wanted', delivery, memory, payload: JSON.stringify(payload) };
  }

  async function conclude(decisions: readonly Decision[]) {
    for (const decision of await store.conclude(decisions, { now: clock.now(), tick: clock.steady() })) {
      if (decision.kind === 'wanted') given.decided();
      if (decision.kind !== 'unwanted') continue;
      const { subscription, object } = decision.delivery;
      metrics.unwanted.inc({ subscription });
      log.debug(`${subscription}: ${object} is not wanted: ${decision.reason}.`);
    }
  }

  /** One that the site cannot show is tried without end, less often the longer it lasts, and holds up no other. */
  function postponed(delivery: Delivery, error: RemoteError): Decision {
    const { subscription, object, first, looks } = delivery;
    const reason = redact(messageOf(error));
    const wait = Math.max(SOONEST, Math.min((clock.now() - first) / 4, LATEST));
    const line = `${subscription}: ${object} cannot be read back: ${reason}`;
    if (logged.has(subscription)) log.debug(line);
    else log.warning(line);
    logged.add(subscription);
    return { kind: 'again', delivery, due: clock.steady() + wait, looks, reason };
  }

  async function answered() {
    if (pause.length === 0) return;
    Object.assign(pause, { until: 0, length: 0 });
    log.info(`${what} can be read again.`);
    await store.hasten(clock.steady(), site, names);
  }

  function silence(error: RemoteError): number {
    if (pause.length === 0) log.warning(`Changes of ${what} wait: ${redact(messageOf(error))}`);
    pause.length = pause.length === 0 ? FIRST : Math.min(2 * pause.length, LONGEST);
    pause.until = clock.steady() + pause.length;
    given.silent();
    return pause.length;
  }

  async function hasten() {
    pause.until = 0;
    await store.hasten(clock.steady(), site, names).catch(error => log.warning(messageOf(error)));
    reviewing.ring();
  }

  const reviewing = loop(relay, turn);
  return {
    ring: reviewing.ring,
    done: reviewing.done.then(first.settled),
    heard: first.heard,
    back: () => void hasten(),
  };
}

function taskIdIn({ watched }: Reading): string | undefined {
  return watched?.kind === 'result' ? watched.entity.taskID : undefined;
}

/** The tasks of the executions that are wanted. Their names are a courtesy: their reader may lack the right to read tasks. */
async function tasksOf(qrs: Qrs, decided: readonly Decided[]): Promise<Task[]> {
  const wanted = decided.filter(({ verdict }) => verdict.kind === 'wanted');
  const ids = new Set(wanted.map(({ reading }) => taskIdIn(reading)).filter(id => id !== undefined));
  if (ids.size === 0) return [];
  try {
    return await findTasks(qrs, { ids: [...ids], names: [] });
  } catch (error) {
    if (error instanceof RemoteError && error.status === 403) return [];
    throw error;
  }
}
