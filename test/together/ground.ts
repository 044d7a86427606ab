import { historyFaults, twins } from './history.ts';
import { leftBehind, lostApps, pairsOf, tagTooEarly, untrue } from './promises.ts';
import { outcomeOf, type Started, wordsOf } from './run.ts';
import { watchSource } from './source.ts';
import { appIn, SITES, type World } from './world.ts';

/** What the specs of a schedule ask beside places to be filled. */
export interface Terms {
  /** A stream may have several versions of the app. */
  readonly many?: true;
  /** The source app is taken out of its stream. */
  readonly unpublishes?: true;
  /** `done` removes rows of properties. */
  readonly losesRows?: true;
  /** What was published to a place that had no app may be taken back. */
  readonly rollsBack?: true;
  /** The runs have users who do not see each other's copies: twins may have to be left to a person. */
  readonly apart?: true;
  /** Something ends late: what may yet appear is named. */
  readonly late?: true;
}

/** How the sites are before the runs, and what may become of them. */
export function groundOf(world: World, terms: Terms) {
  const before = new Set(SITES.flatMap(name => [...world.sites[name].site.apps.keys()]));
  const source = appIn(world.sites.dev, 'Build');
  const watched = watchSource(world, terms.unpublishes ? undefined : source, terms.losesRows === true);
  const leaves = new Set(terms.unpublishes && source ? [source.id, `dev/Build/${source.name}`] : []);
  /** Nobody can tell the other run's writing from a person's: both apps are named, and stay. */
  const toAPerson = (runs: readonly Started[]) =>
    terms.apart === true &&
    runs.some(run => outcomeOf(run) === 'failed' && /others work there/.test(wordsOf(run)));
  const inTheEnd = (many: boolean) => [
    ...historyFaults(world, leaves, terms.rollsBack === true),
    ...twins(world, many),
    ...lostApps(world, before, leaves),
    ...pairsOf(world),
  ];

  return {
    watched,
    toAPerson,
    /** Every promise, after these runs. */
    faults: (runs: readonly Started[], more: { dead?: true; many?: boolean } = {}): string[] => [
      ...watched.faults(),
      ...inTheEnd(more.many ?? (terms.many === true || toAPerson(runs))),
      ...runs.flatMap(run => [...untrue(world, run), ...tagTooEarly(world, run)]),
      ...(more.dead ? [] : leftBehind(world, runs, terms.late ? 'may be named' : 'never')),
    ],
    /** Those about the sites alone, when all has come to rest. */
    atRest: (many = terms.many === true): string[] => [
      ...inTheEnd(many),
      // A site that no later run reads keeps what a dead run left there.
      ...(terms.losesRows || terms.unpublishes
        ? []
        : leftBehind(world, [], 'never').map(fault => `in the end ${fault}`)),
    ],
  };
}

export type Ground = ReturnType<typeof groundOf>;
