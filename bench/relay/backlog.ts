import { setTimeout as wait } from 'node:timers/promises';
import { openStore } from '../../src/relay/store/store.ts';
import { change } from '../../test/relay/changes.ts';
import { ids } from '../../test/relay/load.ts';
import { startDist } from '../../test/relay/process.ts';
import { execute } from '../../test/relay/store-place.ts';
import { type Surroundings, surround } from '../../test/relay/surroundings.ts';
import { cpuOf } from '../transfer/action.ts';
import { type Figure, seconds } from '../transfer/figure.ts';
import { peakOf } from './load.ts';

const COUNT = 100_000;
/** Apps that the site still has, whose changes are the oldest. */
const APPS = 1_000;
const BATCH = 5_000;
const FIRST = 2_000;
const MEMORY = 160;
/** The relay goes on for so long after its first dispatch, ms. */
const MORE = 10_000;
const PATIENCE = 120_000;

/** A relay that was away, or could not reach GitHub: all its changes wait, read back already or not yet. */
export async function backlog(): Promise<Figure[]> {
  return [...(await started('read back', true)), ...(await started('not read back', false))];
}

async function started(what: string, readBack: boolean): Promise<Figure[]> {
  const apps = ids(APPS);
  const around = await surround({
    apps: apps.map((id, index) => ({ id, name: `App ${index}`, stream: 'Build', size: 10 })),
    quiet: '5s',
    maxWait: '60s',
    backlog: 2 * COUNT,
  });
  try {
    for (const [index, id] of apps.entries()) around.renameSecretly(id, `App ${index}, renamed`);
    await fill(around, apps, readBack);
    const relay = startDist(around.config, 'warn');
    try {
      const [first] = await around.github.dispatched(1, PATIENCE);
      const cpu = cpuOf(relay.pid);
      await wait(MORE);
      const took = (first?.at ?? Number.NaN) - relay.began;
      return figures(what, { took, cpu, peak: peakOf(relay.pid) });
    } finally {
      await relay.kill('SIGTERM');
    }
  } finally {
    await around.stop();
  }
}

/** Puts changes of the site's apps, and then of others, into the store. */
async function fill({ store }: Surroundings, apps: readonly string[], readBack: boolean): Promise<void> {
  const objects = [...apps, ...ids(COUNT - apps.length)];
  const opened = await openStore(store);
  const now = Date.now();
  for (let from = 0; from < COUNT; from += BATCH) {
    const batch = objects.slice(from, from + BATCH).map(object => change({ object, date: now }));
    await opened.accept(batch, { now, tick: now }, COUNT);
  }
  await opened.close();
  if (!readBack) return;
  const payload = JSON.stringify({ delivery: 'one', subscription: 'apps', text: 'x'.repeat(400) });
  await execute(store, `UPDATE delivery SET payload = '${payload}', unread = 0, modified = 1, mark = ''`);
}

function figures(what: string, { took, cpu, peak }: { took: number; cpu: number; peak: number }): Figure[] {
  return [
    {
      what: `${what}: from the start to the first dispatch`,
      measured: seconds(took),
      bar: { text: `at most ${seconds(FIRST)}`, met: took <= FIRST },
    },
    { what: `${what}: processor time until then`, measured: seconds(cpu) },
    {
      what: `${what}: peak memory of the relay`,
      measured: `${peak.toFixed(0)} MiB`,
      bar: { text: `under ${MEMORY} MiB`, met: peak < MEMORY },
    },
  ];
}
