import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { runStep, type Step, sitesInput } from '../action/runner.ts';
import type { Ground } from './judge-sites.ts';
import type { Request } from './requests.ts';
import type { Said } from './said.ts';

/** What ends the action itself: the job is cancelled, or the runner's machine kills it. */
export const SIGNALS = ['SIGINT', 'SIGKILL'] as const;

/** The clock of the sites goes on by so much at a time, while a process runs. Ms. */
const TICK = 25;
/** The site answers so long after the signal, so that the process has heard it. Ms. */
const HEARD = 100;

/** Runs the bundle as the runner starts it, and its post step; the signal meets it at a request. */
export async function runProcess(
  { world, scenario, source }: Ground,
  { site, label, ...matched }: Request,
  signal: NodeJS.Signals,
): Promise<Said> {
  const { sites, env } = sitesInput(Object.fromEntries(world.names.map(name => [name, world.site(name)])));
  let action: ChildProcess | undefined;
  const strike = async () => {
    action?.kill(signal);
    await wait(HEARD);
  };
  world.site(site).faults.add({ ...matched, fault: { run: strike } });
  const text = [...world.words].reduce(
    (all, [word, meaning]) => all.replaceAll(word, meaning),
    scenario.text,
  );
  const began = world.clock.now();
  const ticking = setInterval(() => world.clock.advance(TICK), TICK);
  try {
    const step = await runStep({
      inputs: { [scenario.asks]: text, sites, 'dry-run': 'false' },
      event: {
        name: 'repository_dispatch',
        payload: { client_payload: { site: 'dev', object: { id: source } } },
      },
      env,
      post: true,
      meanwhile: async started => {
        action = started;
      },
    });
    return saidBy(step, world.clock.now() - began);
  } finally {
    clearInterval(ticking);
  }
}

/** Lines for the runner, which it hides: what to mask, and what only helps to find mistakes. */
const shown = (log: string) => log.replace(/^::(add-mask|debug)::.*\n?/gm, '');

function saidBy(step: Step, took: number): Said {
  const { code, outputs, summary, written, post } = step;
  const [log, after] = [shown(step.log), shown(post.log)];
  const text = [log, summary, written, after].join('\n');
  const failures = [...log.matchAll(/^::error[^:]*::(.*)$/gm)].map(([, sentence = '']) => sentence);
  const outcome = outputs.outcome ?? 'killed';
  const expected = outcome === 'failed' ? 1 : 0;
  return {
    outcome: outcome === 'killed' || code === expected ? outcome : `${outcome} with exit ${code}`,
    failures,
    told: [log, summary, after].join('\n'),
    result: JSON.parse(outputs.result ?? '{}'),
    text,
    files: post.files,
    took,
  };
}
