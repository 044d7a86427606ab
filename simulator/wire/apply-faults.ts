import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../site/clock.ts';
import type { Answer } from '../verbs/answers.ts';
import type { Fault } from './faults.ts';

export type Outcome = Answer | 'hang up';

/** The answer to a request after its faults; some faults prevent the work itself. */
export async function answerWithFaults<World extends { clock: Clock }>(
  faults: readonly Fault<World>[],
  world: World,
  work: (begin: () => Promise<void>) => Promise<Answer>,
): Promise<Outcome> {
  for (const fault of faults) if ('run' in fault) await fault.run(world);
  const instead = faults.map(insteadOfWork).find(outcome => outcome !== undefined);
  if (instead) return instead;
  const late = faults.find(fault => 'late' in fault);
  if (late) return answeredEarly(late, world.clock, work);
  const answer = await work(async () => {});
  return faults.map(afterWork).find(outcome => outcome !== undefined) ?? answer;
}

/** Answers the client before the work is done. A request that is refused on arrival gets that refusal. */
function answeredEarly(
  { late, heard }: Extract<Fault, { late: number }>,
  clock: Clock,
  work: (begin: () => Promise<void>) => Promise<Answer>,
): Promise<Outcome> {
  return new Promise(resolve => {
    let arrived = false;
    const begin = () => {
      arrived = true;
      if (heard === 'cut') resolve('hang up');
      if (heard === 504) resolve({ status: 504, body: 'Gateway Timeout' });
      return new Promise<void>(go => void clock.later(late, go));
    };
    void work(begin).then(answer => resolve(arrived ? 'hang up' : answer));
  });
}

function insteadOfWork<World>(fault: Fault<World>): Outcome | undefined {
  if ('status' in fault) return { ...fault, body: fault.body ?? '' };
  if ('answer' in fault) {
    return { status: 200, headers: { 'Content-Type': fault.contentType }, body: fault.answer };
  }
  return 'hangUp' in fault && fault.hangUp === 'before' ? 'hang up' : undefined;
}

function afterWork<World>(fault: Fault<World>): Outcome | undefined {
  if ('refuse' in fault) return { status: fault.refuse, body: '' };
  return 'hangUp' in fault ? 'hang up' : undefined;
}

export async function pause<World>(faults: readonly Fault<World>[], signal: AbortSignal) {
  for (const fault of faults) {
    if ('delay' in fault) await wait(fault.delay, undefined, { signal }).catch(() => {});
  }
}
