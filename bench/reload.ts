import { stage } from '../test/reload/stage.ts';
import { printTable } from './table.ts';

/**
 * How soon the end of a run is known, and what waiting costs the site. Time is the simulator's own clock, which
 * the waits of the product put forward, so two hours take a moment; the requests are real ones.
 */
export async function reloadBench(): Promise<void> {
  const delays = [];
  for (const takes of ['0.3s', '5s', '58s', '2m', '10m', '2h']) delays.push(await delay(takes));
  printTable('From the end of a run to its being known', ['run', 'delay', 'bar'], delays);
  const costs = [];
  for (const tasks of [1, 20, 200]) costs.push(await cost(tasks));
  printTable(
    'QRS requests while tasks run for ten minutes',
    ['tasks', 'first minute', 'a minute, on average', 'turns', 'a turn', 'CPU, with the site', 'bar'],
    costs,
  );
}

async function delay(takes: string): Promise<string[]> {
  const on = await stage({ tasks: [{ name: 'Run', app: 'Sales', runs: [{ takes }] }] });
  try {
    // Ends fall anywhere between two looks: the worst of several phases counts.
    let worst = 0;
    let length = 0;
    for (let phase = 0; phase < 10; phase += 1) {
      const task = on.prod.site.tasks.get(on.task('Run'));
      for (const run of task?.runs ?? [])
        for (const attempt of run.attempts) attempt.takes += phase > 0 ? 137 : 0;
      await on.run('task: Run\nlog: never');
      const ended = [...on.prod.site.results.values()].map(({ stopTime }) => Date.parse(stopTime));
      worst = Math.max(worst, on.time.now() - Math.max(...ended));
      length = [...on.prod.site.results.values()].at(-1)?.duration ?? 0;
    }
    const bar = length < 60_000 ? 1_000 : Math.max(2_000, Math.min(length / 10, 15_000));
    return [takes, `${(worst / 1000).toFixed(1)} s`, `${(bar / 1000).toFixed(1)} s`];
  } finally {
    await on.stop();
  }
}

async function cost(count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `T${index}`);
  const on = await stage({ tasks: names.map(name => ({ name, app: 'Sales', runs: [{ takes: '10m' }] })) });
  try {
    const began = on.time.now();
    const turns = () => on.prod.counters.count('GET', /executionsession/i);
    let minute = 0;
    on.time.later(60_000, () => {
      minute = polls(on);
    });
    const before = process.cpuUsage();
    await on.run(`tasks: [${names.join(', ')}]\nlog: never`);
    const { user, system } = process.cpuUsage(before);
    const minutes = (on.time.now() - began) / 60_000;
    const all = polls(on);
    const perTurn = (all / turns()).toFixed(2);
    // The stand-in for the site is in the same process: the action alone uses less.
    const used = `${((user + system) / 600_000 / minutes).toFixed(2)} %`;
    return [String(count), String(minute), (all / minutes).toFixed(1), String(turns()), perTurn, used, '1 %'];
  } finally {
    await on.stop();
  }
}

/** Requests of the waiting: sessions and records. */
function polls({ prod }: Awaited<ReturnType<typeof stage>>): number {
  return prod.counters.count('GET', /execution(session|result)/i);
}
