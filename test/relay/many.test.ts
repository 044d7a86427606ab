import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { trouble } from '../../simulator/github/trouble.ts';
import { numbers } from '../numbers.ts';
import { discrepancies } from './ledger.ts';
import { ids, startLoad } from './load.ts';
import { type RelayProcess, startFast } from './process.ts';
import { drained, twice } from './several.ts';
import { ofSqlite } from './store-place.ts';
import { type Surroundings, surround } from './surroundings.ts';
import { until } from './until.ts';

/** Give it again to have the same disturbances; the machine's own timing stays what it is. */
const SEED = Number(process.env.RELAY_KILL_SEED ?? Date.now() % 1_000_000);
const DISTURBANCES = Number(process.env.RELAY_KILLS ?? 5);
/** Of all relays together, ms: so long that one relay alone could easily keep a faster pace on a busy machine. */
const INTERVAL = 150;
/**
 * So many dispatches in a row take at least this share of their time at the pace. Two relays that each kept the pace by
 * themselves would take half of it. A call that is late on a busy machine shortens the time from it to the last one.
 */
const WINDOW = 30;
const SHARE = 0.7;
/** With fewer dispatches nothing was tried. */
const ENOUGH = 60;
const PATIENCE = 300_000;

const ends: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of ends.reverse()) await end();
});

const KINDS = ['kill', 'kill', 'cut', 'hang', 'slow', 'clock', 'github'] as const;

for (const relays of [2, 4]) {
  test(`${relays} relays on one PostgreSQL lose nothing under kills, partitions and clocks that are set (RELAY_KILL_SEED=${SEED})`, {
    skip: !ofSqlite && 'it needs PostgreSQL: npm run test:postgres',
  }, async context => {
    // The load draws its own numbers, as many as it has time for.
    const [random, ofLoad] = [numbers(SEED + relays), numbers(SEED)];
    const [loud, silent] = [ids(6), ids(120)];
    const apps = [...loud, ...silent].map(id => ({ id, name: 'New v0', size: 10 }));
    const around = await surround({ apps, quiet: '1s', maxWait: '2s', relays });
    ends.push(around.stop);
    const start = ({ config }: { config: string }) => startFast(config, { interval: INTERVAL });
    const running = around.relays.map(start);
    ends.push(() => Promise.all(running.map(one => one.kill('SIGKILL'))));
    const times: number[] = [];
    const off = around.github.onDispatch(() => times.push(performance.now()));
    await Promise.all(running.map(({ listening }) => listening));
    await around.watched();
    const answers = new Map<number, number>();
    const post = async (body: unknown) => {
      const answer = await around.post(body);
      const status = answer?.status ?? 0;
      answers.set(status, (answers.get(status) ?? 0) + 1);
      return answer;
    };
    const load = startLoad({ ...around, post }, { loud, silent, senders: 3, random: ofLoad });
    ends.push(load.stop);

    const story: string[] = [];
    for (let count = 0; count < DISTURBANCES; count += 1) {
      const kind = KINDS[Math.floor(random() * KINDS.length)] ?? 'kill';
      const at = Math.floor(random() * relays);
      story.push(`${kind} ${at}`);
      await disturb(around, { kind, at, running, start, random });
      await wait(2_000 + random() * 2_000);
    }
    const { dispatches } = around.github;
    await until(PATIENCE, `${ENOUGH} dispatches`, async () => dispatches.length > ENOUGH);
    await load.stop();
    for (const { database } of around.relays) database.heal();
    await drained(around, load);
    off();
    for (const one of running) await one.kill('SIGKILL');
    const deliveries = await around.look(store => store.list({ limit: 1_000_000 }));
    const { sent, latest } = load;
    const wrong = [
      ...discrepancies({ sent, latest, dispatches, deliveries }),
      ...twice(around),
      ...tooFast(times),
    ];
    const acknowledged = sent.filter(one => one.acknowledged).length;
    const told = `seed ${SEED}: ${story.join(', ')}; ${sent.length} sent, ${acknowledged} acknowledged, ${dispatches.length} dispatches; answers: ${[...answers].join(' ')}`;
    context.diagnostic(told);
    assert.ok(
      wrong.length === 0,
      [
        ...wrong.slice(0, 20),
        `${wrong.length} in all`,
        told,
        ...running.map(one => one.log().slice(-3000)),
      ].join('\n'),
    );
    assert.deepEqual(around.github.breaches, []);
    assert.ok(acknowledged > 10, told);
  });
}

interface Disturbance {
  kind: (typeof KINDS)[number];
  at: number;
  running: RelayProcess[];
  start: (relay: Surroundings['relays'][number]) => RelayProcess;
  random: () => number;
}

async function disturb(around: Surroundings, { kind, at, running, start, random }: Disturbance) {
  const [relay, own] = [around.relays[at], running[at]];
  assert.ok(relay && own);
  if (kind === 'kill') {
    await own.kill('SIGKILL');
    await wait(random() * 3_000);
    running[at] = start(relay);
  } else if (kind === 'clock') process.kill(own.pid, 'SIGUSR2');
  else if (kind === 'github') {
    const fault = random() < 0.5 ? trouble.lostAnswer : trouble.serverError(502);
    around.github.faults.add({ method: 'POST', path: /\/dispatches$/, fault });
  } else {
    if (kind === 'cut') relay.database.cut();
    else if (kind === 'hang') relay.database.hang();
    else relay.database.slow(200);
    await wait(1_000 + random() * 8_000);
    relay.database.heal();
  }
}

/** All relays together keep the pace of one. */
function tooFast(times: readonly number[]): string[] {
  return times.flatMap((time, index) => {
    const before = times[index - WINDOW];
    const least = WINDOW * INTERVAL * SHARE;
    if (before === undefined || time - before >= least) return [];
    return [`${WINDOW} dispatches came within ${Math.round(time - before)} ms, not ${least}`];
  });
}
