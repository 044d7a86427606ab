import { shuffled } from '../together/cases.ts';
import { tryCase, type Verdict } from './case.ts';
import { faultsAt, lastingAt, type Times } from './faults.ts';
import { SIGNALS } from './process.ts';
import { requestNamed, requestsOf } from './requests.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

/** One fault at one request of one scenario, by names, so that it can be run again. */
export interface Case {
  /** `scenario | request | fault | times`. */
  readonly id: string;
}

const APART = ' | ';

/** Every case there is. */
async function allCases(): Promise<Case[]> {
  const cases: Case[] = [];
  for (const scenario of SCENARIOS) {
    for (const [index, { label }] of (await requestsOf(scenario)).entries()) {
      for (const [fault, times] of faultsOf(scenario, label, index))
        cases.push({ id: [scenario.name, label, fault, times].join(APART) });
    }
  }
  return cases;
}

function faultsOf({ asks, way }: Scenario, label: string, index: number): [fault: string, times: Times][] {
  const once = faultsAt(label, index).map(({ name }): [string, Times] => [name, 'once']);
  // A process is ended at what changes something, and at the first request of all.
  const isEnded = !way && (index === 0 || !label.includes(' GET '));
  const ended = isEnded ? SIGNALS.map((name): [string, Times] => [name, 'once']) : [];
  // A promotion follows a reload for six hours. What a poll may meet for hours, a reload request meets for two minutes.
  const isPolled = asks === 'promote' && /\/execution(result|session)\//.test(label);
  const lasting = isPolled
    ? []
    : lastingAt(label, index).map(({ name }): [string, Times] => [name, 'always']);
  return [...once, ...ended, ...lasting];
}

/** So many of all cases; the same for the same seed. */
export async function someCases(seed: number, count = Number.POSITIVE_INFINITY): Promise<Case[]> {
  return shuffled(await allCases(), seed).slice(0, count);
}

export async function tried({ id }: Case): Promise<Verdict> {
  const [name, label = '', fault = '', times] = id.split(APART);
  const scenario = SCENARIOS.find(one => one.name === name);
  if (!scenario) throw new Error(`there is no scenario "${name}"`);
  return tryCase(
    scenario,
    requestNamed(label),
    fault,
    times === 'always' ? ('always' satisfies Times) : 'once',
  );
}
