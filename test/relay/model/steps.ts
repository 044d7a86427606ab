import { ANSWER_NAMES, type AnswerName } from './answers.ts';
import { PLANS, type PlanName, REPOSITORIES } from './plans.ts';
import type { SiteName } from './sites.ts';

export type Who = 'anna' | 'own';

/** One thing that happens. Plain data, so that a failing run can be replayed with some of them left out. */
export type Step =
  | { do: 'edit'; site: SiteName; app: number; who: Who; approve: boolean }
  | { do: 'burst'; site: SiteName; app: number; who: Who[]; apart: number }
  | { do: 'secret'; site: SiteName; app: number; who: Who; late: number }
  | { do: 'repeat'; site: SiteName; app: number; late: number | 'none'; times: number; change: number }
  | { do: 'nonsense' }
  | { do: 'add'; who: Who }
  | { do: 'remove'; app: number }
  | { do: 'reload'; task: number }
  | { do: 'pass'; ms: number }
  | { do: 'answer'; to: string; answer: AnswerName }
  | { do: 'answer for an app'; app: number; answer: AnswerName }
  | { do: 'github'; closed: boolean }
  | { do: 'site'; site: SiteName; how: 'away' | 'reset' | 'back' | 'restart' }
  | { do: 'lose'; every: number }
  | { do: 'handles'; how: 'same-handle' | 'accumulate' }
  | { do: 'burst size'; size: number }
  | { do: 'relay'; how: 'restart' | 'kill' | 'kill at a dispatch'; ms: number }
  | { do: 'disk'; full: boolean }
  | { do: 'clock'; by: number }
  | { do: 'plan'; plan: PlanName }
  | { do: 'calm' };

type Random = () => number;

/** The steps of a seed. */
export function stepsOf(random: Random, count: number): Step[] {
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(among: readonly [T, ...T[]] | readonly T[]): T => {
    const one = among[below(among.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  };
  const site = (): SiteName => (random() < 0.7 ? 'dev' : 'prod');
  const who = (): Who => (random() < 0.6 ? 'anna' : 'own');
  const hour = 3_600_000;
  const kinds: [weight: number, make: () => Step][] = [
    [16, () => ({ do: 'edit', site: site(), app: below(6), who: who(), approve: random() < 0.7 })],
    [
      5,
      () => ({
        do: 'burst',
        site: site(),
        app: below(6),
        who: Array.from({ length: 2 + below(5) }, who),
        apart: pick([0, 200, 1500, 4000]),
      }),
    ],
    [3, () => ({ do: 'secret', site: site(), app: below(6), who: who(), late: pick([0, 1, 120]) })],
    [
      6,
      () => ({
        do: 'repeat',
        site: site(),
        app: below(6),
        late: pick([0, 120, -60_000, 300_000, 'none']),
        times: 1 + below(3),
        change: random() < 0.9 ? 2 : 3,
      }),
    ],
    [1, () => ({ do: 'nonsense' })],
    [3, () => ({ do: 'add', who: who() })],
    [2, () => ({ do: 'remove', app: below(12) })],
    [4, () => ({ do: 'reload', task: below(2) })],
    [30, () => ({ do: 'pass', ms: pick([50, 1000, 3000, 6000, 12_000, 40_000, 90_000, 90_000, 200_000]) })],
    [1, () => ({ do: 'pass', ms: pick([600_000, hour, 2 * hour]) })],
    [5, () => ({ do: 'answer', to: pick(REPOSITORIES), answer: pick(ANSWER_NAMES) })],
    [2, () => ({ do: 'answer', to: pick(REPOSITORIES), answer: 'taken' })],
    [1, () => ({ do: 'answer', to: 'everybody', answer: pick(ANSWER_NAMES) })],
    [2, () => ({ do: 'answer', to: 'everybody', answer: 'taken' })],
    [
      1,
      () => ({
        do: 'answer for an app',
        app: below(6),
        answer: pick(['invalid', 'proxyPage', 'unicorn', 'tooLong']),
      }),
    ],
    [2, () => ({ do: 'answer for an app', app: below(6), answer: 'taken' })],
    [1, () => ({ do: 'github', closed: true })],
    [2, () => ({ do: 'github', closed: false })],
    [2, () => ({ do: 'site', site: site(), how: pick(['away', 'reset', 'restart', 'restart']) })],
    [3, () => ({ do: 'site', site: site(), how: 'back' })],
    [1, () => ({ do: 'lose', every: pick([1, 2, 3]) })],
    [1, () => ({ do: 'lose', every: 0 })],
    [1, () => ({ do: 'handles', how: pick(['same-handle', 'accumulate']) })],
    [1, () => ({ do: 'burst size', size: 1 + below(3) })],
    [
      1,
      () => ({
        do: 'relay',
        how: pick(['restart', 'kill', 'kill at a dispatch']),
        ms: pick([0, 0, 5000, 100_000]),
      }),
    ],
    [0.3, () => ({ do: 'disk', full: true })],
    [0.6, () => ({ do: 'disk', full: false })],
    [1, () => ({ do: 'clock', by: pick([-hour, hour, -90_000, 90_000, 24 * hour, -24 * hour]) })],
    [0.4, () => ({ do: 'plan', plan: pick(PLANS) })],
  ];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  const one = (): Step => {
    let at = random() * total;
    for (const [weight, make] of kinds) {
      at -= weight;
      if (at < 0) return make();
    }
    return { do: 'calm' };
  };
  return Array.from({ length: count }, (_, index) => (index % 60 === 59 ? { do: 'calm' } : one()));
}
