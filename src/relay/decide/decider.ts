import { within } from '../../base/deadline.ts';
import { messageOf, RemoteError } from '../../base/errors.ts';
import type { Qrs } from '../../qrs/connection.ts';
import { findTasks, type Task } from '../../qrs/tasks.ts';
import type { Relay } from '../relay.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Decision, Memory } from '../store/read.ts';
import { decide, type Verdict } from './decide.ts';
import { payloadOf } from './payload.ts';
import type { Due, ReadBack, Reading } from './read-back.ts';

export interface Deciding {
  qrs: Qrs;
  /** Called when there is a new delivery to dispatch. */
  decided: () => void;
  /** A state was dispatched that may be older than its notification: the site is to be asked for a newer one. */
  late: () => void;
}

/** Between tries for an entity that the site cannot show, ms. */
const SOONEST = 2_000;
const LATEST = 300_000;
/** The time limit for reading the names of tasks, ms. */
const TASKS = 2_000;

interface Decided extends Due {
  reading: Reading;
  verdict: Verdict;
}

/** Decides about the entities that were read back, and stores each decision. */
export function decider(relay: Relay, given: Deciding) {
  const { store, clock, log, metrics, redact } = relay;
  const { qrs } = given;
  /** Subscriptions of which the log says that an entity cannot be read. */
  const logged = new Set<string>();

  async function decideAll(due: readonly Due[], results: ReadBack): Promise<void> {
    const decided: Decided[] = [];
    const decisions: Decision[] = [];
    const memoryOf = await store.memories(due.map(({ delivery }) => delivery));
    for (const one of due) {
      const reading = results.get(one.delivery);
      if (reading instanceof RemoteError) decisions.push(postponed(one.delivery, reading));
      else if (reading)
        decided.push({ ...one, reading, verdict: judge(one, reading, memoryOf(one.delivery)) });
    }
    const tasks = await tasksOf(qrs, decided);
    await conclude([...decisions, ...decided.map(one => decisionOf(relay, one, tasks))]);
    if (decided.some(({ verdict }) => verdict.kind === 'wanted' && verdict.late)) given.late();
  }

  function judge(one: Due, reading: Reading, memory: Memory | undefined): Verdict {
    logged.delete(one.subscription.name);
    return decide({ ...one, reading, memory });
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

  /** An entity that the site cannot show is read again without end, ever less often, and delays no other. */
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

  return decideAll;
}

function decisionOf(
  { clock }: Relay,
  { delivery, reading, verdict }: Decided,
  tasks: readonly Task[],
): Decision {
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

function taskIdIn({ watched }: Reading): string | undefined {
  return watched?.kind === 'result' ? watched.entity.taskID : undefined;
}

/**
 * The tasks of the wanted executions, for their names. The names are optional: the relay may lack the right to read
 * tasks, and a slow site must not delay the executions.
 */
async function tasksOf(qrs: Qrs, decided: readonly Decided[]): Promise<Task[]> {
  const wanted = decided.filter(({ verdict }) => verdict.kind === 'wanted');
  const ids = new Set(wanted.map(({ reading }) => taskIdIn(reading)).filter(id => id !== undefined));
  if (ids.size === 0) return [];
  const read = within(qrs, TASKS, soon => findTasks(qrs.under(soon), { ids: [...ids], names: [] }));
  return read.catch(error => {
    if (qrs.signal.aborted) throw error;
    return [];
  });
}
