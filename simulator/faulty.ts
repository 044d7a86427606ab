import { setTimeout as wait } from 'node:timers/promises';
import type { Answer } from './answers.ts';
import type { Fault } from './faults.ts';

export type Outcome = Answer | 'hang up';

/** The answer that faults leave of a request's work; some of them keep the work from being done. */
export async function answerWithFaults<World>(
  faults: readonly Fault<World>[],
  world: World,
  work: () => Promise<Answer>,
): Promise<Outcome> {
  for (const fault of faults) if ('run' in fault) await fault.run(world);
  const instead = faults.map(insteadOfWork).find(outcome => outcome !== undefined);
  if (instead) return instead;
  const answer = await work();
  return faults.map(afterWork).find(outcome => outcome !== undefined) ?? answer;
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
