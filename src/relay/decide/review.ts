import type { SteadyClock } from '../../base/clock.ts';
import { messageOf, RemoteError, StoppedError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Qrs } from '../../qrs/connection.ts';
import { findTasks, type Task } from '../../qrs/tasks.ts';
import { type Bell, createBell } from '../bell.ts';
import type { Subscription } from '../config/settings.ts';
import type { Metrics } from '../metrics.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Decision } from '../store/read.ts';
import type { Store } from '../store/store.ts';
import { decide, type Verdict } from './decide.ts';
import { payloadOf } from './payload.ts';
import { type Asked, type Reading, readBack } from './read-back.ts';
import type { Witness } from './witness.ts';

export interface Reviewing {
  store: Store;
  subscriptions: readonly Subscription[];
  qrs: Qrs;
  witness: Witness;
  clock: SteadyClock;
  log: Log;
  redact: (text: string) => string;
  metrics: Metrics;
  signal: AbortSignal;
  /** Something new is wanted. */
  decided: () => void;
  /** The site did not answer: it may not notify either. */
  silent: () => void;
}

/** The store is looked at so often even if nothing rings, ms: another process may have changed it. */
const LOOK = 5_000;
/** Between tries for an entity that the site cannot show, ms. */
const SOONEST = 2_000;
const LATEST = 300_000;
/** The longest pause while a site is away, ms, and the one after a refusal. */
const LONGEST = 60_000;
const REFUSED = 1_000;

export interface Review {
  bell: Bell;
  /** The site is known to answer again. */
  back(): void;
  done: Promise<void>;
}

/** Reads back what is due of one site, and decides, until the signal aborts. */
export function review(given: Reviewing): Review {
  const { store, clock, log, metrics, qrs } = given;
  const site = qrs.site.name;
  const bell = createBell();
  const paused = { until: 0, length: 0 };
  /** Subscriptions of which the log says that an entity cannot be read. */
  const logged = new Set<string>();

  async function readAndDecide(asked: readonly Asked[]): Promise<boolean> {
    const { read, failed } = await readBack(qrs, asked);
    await answered();
    const verdicts: { one: Asked; reading: Reading; verdict: Verdict }[] = [];
    for (const one of asked) {
      const reading = read.get(one.delivery);
      if (!reading) continue;
      const memory = await store.memory(one.delivery.subscription, one.delivery.object);
      verdicts.push({ one, reading, verdict: decide({ ...one, reading, memory }) });
      logged.delete(one.subscription.name);
    }
    const tasks = await tasksOf(
      qrs,
      verdicts.flatMap(({ reading: { watched }, verdict }) =>
        verdict.kind === 'wanted' && watched?.kind === 'result' ? [watched.entity.taskID ?? ''] : [],
      ),
    );
    const decisions = verdicts.map(({ one, reading, verdict }) =>
      decisionOf(one.delivery, reading, verdict, tasks),
    );
    decisions.push(...[...failed].map(([delivery, error]) => postponed(delivery, error)));
    await conclude(decisions);
    return read.size < asked.length;
  }

  function decisionOf(
    delivery: Delivery,
    { watched }: Reading,
    verdict: Verdict,
    tasks: readonly Task[],
  ): Decision {
    if (verdict.kind === 'look') {
      const { after, as } = verdict;
      return { kind: 'again', delivery, due: clock.steady() + after, looks: delivery.looks + 1, change: as };
    }
    if (verdict.kind === 'unwanted') return { ...verdict, delivery };
    const id = watched?.kind === 'result' ? watched.entity.taskID : undefined;
    const task = tasks.find(one => one.id === id);
    const payload = payloadOf({ delivery, watched, task, name: verdict.memory.name });
    return { kind: 'wanted', delivery, memory: verdict.memory, payload: JSON.stringify(payload) };
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
    const reason = given.redact(messageOf(error));
    const wait = Math.max(SOONEST, Math.min((clock.now() - first) / 4, LATEST));
    const line = `${subscription}: ${object} cannot be read back: ${reason}`;
    if (logged.has(subscription)) log.debug(line);
    else log.warning(line);
    logged.add(subscription);
    return { kind: 'again', delivery, due: clock.steady() + wait, looks, reason };
  }

  async function answered() {
    if (paused.length === 0) return;
    Object.assign(paused, { until: 0, length: 0 });
    log.info(`Site "${site}" answers again.`);
    await store.hasten(clock.steady(), site);
  }

  function pause(error: RemoteError): number {
    const words = given.redact(messageOf(error));
    if (paused.length === 0) log.warning(`Changes of site "${site}" wait until it answers: ${words}`);
    paused.length = Math.min(Math.max(500, paused.length) * 2, LONGEST);
    paused.until = clock.steady() + paused.length;
    given.silent();
    return paused.length;
  }

  async function turn(): Promise<number> {
    const wait = Math.ceil(paused.until - clock.steady());
    if (wait > 0) return Math.min(wait, LOOK);
    const due = await store.toRead(clock.steady(), site);
    const ready = due.filter(({ id }) => !given.witness.isReading(id));
    if (ready.length > 0) return readReady(ready);
    if (due.length > 0) {
      await given.witness.settled();
      return 0;
    }
    const next = await store.nextDue(site);
    return Math.max(1, Math.min((next ?? Number.POSITIVE_INFINITY) - clock.steady(), LOOK));
  }

  /** Resolves to the pause after it, ms. */
  async function readReady(ready: readonly Delivery[]): Promise<number> {
    const asked = ready.flatMap((delivery): Asked[] => {
      const subscription = given.subscriptions.find(({ name }) => name === delivery.subscription);
      return subscription ? [{ delivery, subscription }] : [];
    });
    if (asked.length === 0) return LOOK;
    try {
      return (await readAndDecide(asked)) ? REFUSED : 0;
    } catch (error) {
      if (error instanceof RemoteError) return pause(error);
      throw error;
    }
  }

  async function loop() {
    while (!given.signal.aborted) {
      const wait = await turn().catch(error => {
        if (!(error instanceof StoppedError)) log.warning(messageOf(error));
        return 1000;
      });
      await bell.wait(wait, clock, given.signal);
    }
  }
  return {
    bell,
    back: () => {
      paused.until = 0;
      void store
        .hasten(clock.steady(), site)
        .catch(error => log.warning(messageOf(error)))
        .finally(bell.ring);
    },
    done: loop(),
  };
}

/** Their names are a courtesy: a user who may read results need not be allowed to read tasks. */
async function tasksOf(qrs: Qrs, ids: readonly string[]): Promise<Task[]> {
  const known = [...new Set(ids)].filter(id => id !== '');
  if (known.length === 0) return [];
  try {
    return await findTasks(qrs, { ids: known, names: [] });
  } catch (error) {
    if (error instanceof RemoteError && error.status === 403) return [];
    throw error;
  }
}
