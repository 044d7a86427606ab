import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { trouble } from '../../simulator/github/trouble.ts';
import { numbers } from '../numbers.ts';
import { discrepancies } from './ledger.ts';
import { ids, type Load, startLoad } from './load.ts';
import { command, type RelayProcess, startDist, startFast } from './process.ts';
import { type Surroundings, surround } from './surroundings.ts';
import { until } from './until.ts';

/** Give it again to have the same kills; the machine's own timing stays what it is. */
const SEED = Number(process.env.RELAY_KILL_SEED ?? Date.now() % 1_000_000);
const KILLS = Number(process.env.RELAY_KILLS ?? 10);
const INTERVAL = 12;
/** What is left must be dispatched in this time, also on a busy machine, ms. */
const DRAIN = 300_000;
/** With fewer acknowledged changes nothing was tried. */
const ENOUGH = 150;

const random = numbers(SEED);
const loud = ids(12);
const silent = ids(240);
let around: Surroundings;
let load: Load | undefined;
let relay: RelayProcess | undefined;

after(async () => {
  await load?.stop();
  await relay?.kill('SIGKILL');
  await around?.stop();
});

const TRIGGERS = ['start', 'time', 'dispatch', 'answer'] as const;

/** Resolves at the nth event, or after a while without so many. */
async function nth(n: number, on: (listener: () => void) => () => void): Promise<void> {
  const reached = Promise.withResolvers<void>();
  let left = n;
  const off = on(() => {
    left -= 1;
    if (left === 0) reached.resolve();
  });
  await Promise.race([reached.promise, wait(3000)]);
  off();
}

/** Kills the relay while it starts, at any time, in the middle of a dispatch, or just after an answer. */
async function killed(one: RelayProcess, trigger: (typeof TRIGGERS)[number], running: Load): Promise<void> {
  if (trigger === 'start') await wait(random() * 1000);
  else await one.listening;
  if (trigger === 'time') await wait(50 + random() * 1000);
  if (trigger === 'answer') await nth(1 + Math.floor(random() * 60), running.onAnswer);
  if (trigger === 'dispatch') {
    const n = 1 + Math.floor(random() * 20);
    // Before GitHub's answer is on its way.
    let left = n;
    await nth(n, listener =>
      around.github.onDispatch(() => {
        left -= 1;
        if (left === 0) process.kill(one.pid, 'SIGKILL');
        listener();
      }),
    );
  }
  await one.kill('SIGKILL');
}

/** Waits until nothing waits and what QRS itself knows has been told, and for not longer than `DRAIN`. */
async function drained(running: Load): Promise<void> {
  const until = Date.now() + DRAIN;
  while (Date.now() < until) {
    await wait(250);
    const { body } = await around.get('/metrics');
    if (/^qrs_relay_waiting 0$/m.test(body) && found(running)) return;
  }
}

const found = ({ latest }: Load) =>
  discrepancies({ sent: [], latest, dispatches: around.github.dispatches, deliveries: [] }).length === 0;

test(`a relay that is killed again and again loses nothing (RELAY_KILL_SEED=${SEED})`, async context => {
  around = await surround({
    apps: [...loud, ...silent].map(id => ({ id, name: 'New v0', size: 10 })),
    quiet: '1s',
    maxWait: '2s',
  });
  relay = startFast(around.config, { interval: INTERVAL });
  await relay.listening;
  await around.watched();
  const running = startLoad(around, { loud, silent, senders: 4, random });
  load = running;
  const kills: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    // The last one has to tell what is left, and the bundle tells one a second.
    const dist = kill % 5 === 4 && kill < KILLS - 1;
    const trigger = TRIGGERS[Math.floor(random() * TRIGGERS.length)] ?? 'time';
    if (kill % 4 === 1)
      around.github.faults.add({ method: 'POST', path: /\/dispatches$/, fault: trouble.lostAnswer });
    await killed(relay, trigger, load);
    kills.push(`${dist ? 'dist ' : ''}${trigger} after ${Date.now() - relay.began} ms`);
    assert.equal(around.integrity(), 'ok', kills.join(', '));
    relay = dist ? startDist(around.config) : startFast(around.config, { interval: INTERVAL });
  }
  await relay.listening;
  const acknowledged = () => running.sent.filter(one => one.acknowledged).length;
  await until(DRAIN, `${ENOUGH} changes are acknowledged`, async () => acknowledged() > ENOUGH);
  await load.stop();
  await drained(load);
  await relay.kill('SIGKILL');

  const { sent, latest } = load;
  const { dispatches } = around.github;
  const deliveries = await around.look(store => store.list({ limit: 1_000_000 }));
  const wrong = discrepancies({ sent, latest, dispatches, deliveries });
  const different = new Set(dispatches.map(({ client_payload }) => client_payload.delivery)).size;
  const story = [
    `seed ${SEED}; killed: ${kills.join(', ')}`,
    `${sent.length} sent, ${acknowledged()} acknowledged; ${dispatches.length} dispatches, ${different} different`,
  ];
  context.diagnostic(story.join('\n'));
  assert.ok(
    wrong.length === 0,
    [...wrong.slice(0, 20), `${wrong.length} in all`, ...story, relay.log().slice(-2000)].join('\n'),
  );
  assert.deepEqual(around.github.breaches, []);
  // Otherwise nothing was tried.
  assert.ok(acknowledged() < sent.length && different > 50);
  assert.ok(dispatches.length > different, 'no dispatch was ever repeated');

  assert.equal(around.integrity(), 'ok');
  const status = await command(['status', '--store', around.store, '--json']);
  assert.equal(status.code, 0, status.out);
  const { states } = z.object({ states: z.record(z.string(), z.number()) }).parse(JSON.parse(status.out));
  assert.equal(states.delivered, deliveries.filter(({ state }) => state === 'delivered').length);
  const list = await command(['list', '--store', around.store, '--limit', '3']);
  assert.equal(list.code, 0, list.out);
  assert.equal(list.out.trim().split('\n').length, 3, list.out);
});
