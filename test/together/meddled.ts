import { historyFaults, twins } from './history.ts';
import { asks } from './kinds.ts';
import type { Act, Kept } from './people.ts';
import { leftBehind, lostApps, pairsOf, tagTooEarly, untrue } from './promises.ts';
import { outcomeOf, type Run, type Started, start } from './run.ts';
import { going, held, passing, toItsEnd, told, type Verdict } from './schedule.ts';
import { watchSource } from './source.ts';
import { appIn, createWorld, SITES, type Stage, type World } from './world.ts';

/** A run among people. */
export interface Setting extends Stage {
  readonly name: string;
  readonly run: Run;
  readonly unpublishes?: true;
  readonly losesRows?: true;
  /** The person's change of a condition counts. */
  readonly conditions?: true;
  readonly many?: true;
}

const old = { name: 'Sales', size: '18 KB', description: 'The old one' };
const data = { test: { apps: [{ ...old, stream: 'One' }] } };
const when = 'when: { properties: { Approval: { is: Approve, not: Deny } }, tags: { lacks: [frozen] } }';

export const SETTINGS: readonly Setting[] = [
  {
    name: 'replace and publish, with a backup and a tag',
    data,
    conditions: true,
    run: asks({ streams: ['One', 'Two'], tag: 'Promoted', more: `backup: FOLDER/backup\n${when}` }),
  },
  {
    name: 'by properties that are removed',
    data,
    losesRows: true,
    conditions: true,
    run: {
      spec: `from: dev\napps: event\n${when}
to: { properties: { server: ToServer, stream: ToStream } }
done: { remove-properties: true }`,
      wants: [{ site: 'test', stream: 'One', name: 'Sales' }],
      mode: 'overwrite',
    },
  },
  { name: 'unpublish', data, unpublishes: true, run: asks({ more: 'done: { unpublish: true }' }) },
  { name: 'a reload before', data, conditions: true, run: asks({ more: `reload: before\n${when}` }) },
  { name: 'duplicate', data, many: true, run: asks({ mode: 'duplicate', tag: 'Promoted' }) },
  { name: 'an empty place', run: asks({ tag: 'Promoted' }) },
];

/** Anna does something before the work of request `number`, counted from one, and the run goes on. */
export async function meddle(setting: Setting, act: Act, number: number): Promise<Verdict> {
  const world = await createWorld(setting);
  try {
    const before = new Set(SITES.flatMap(name => [...world.sites[name].site.apps.keys()]));
    const source = appIn(world.sites.dev, 'Build');
    const losesRows = setting.losesRows === true;
    const watched = watchSource(world, setting.unpublishes ? undefined : source, losesRows);
    let kept: Kept = () => undefined;
    const early: string[] = [];
    const run = start(world, setting.run, held(world.a));
    world.a.before = at => {
      if (at !== number) return;
      const does = () => {
        kept = act.does(world);
      };
      early.push(...watched.during(does));
    };
    await going(world, run, toItsEnd);
    const requests = world.a.seen.length;
    await passing(world, 600_000);
    const leaves = new Set(setting.unpublishes && source ? [source.id, `dev/Build/${source.name}`] : []);
    const lost = kept();
    const faults = [
      ...early,
      ...watched.faults(),
      ...historyFaults(world, leaves),
      ...twins(world, setting.many === true || act.brings === true),
      ...lostApps(world, before, leaves),
      ...pairsOf(world),
      ...untrue(world, run),
      ...tagTooEarly(world, run),
      ...leftBehind(world, [run], 'never'),
      ...(lost === undefined ? [] : [lost]),
      ...ignored(world, setting, act, run, number),
    ];
    const again = await calm(world, run);
    return { faults: [...faults, ...again], told: told(run), requests: [requests, 0] };
  } finally {
    await world.stop();
  }
}

/** A denial that came before the app's file had left must be heeded. */
function ignored(world: World, { conditions }: Setting, act: Act, run: Started, number: number): string[] {
  if (!act.forbids || !conditions) return [];
  const sent = world.a.seen.findIndex(request => /POST \S*(upload|copy)/.test(request)) + 1;
  const early = sent === 0 || number <= sent;
  return early && outcomeOf(run) === 'promoted' ? ['went live although it was denied before the upload'] : [];
}

/** Two more runs, with nobody else: what is left is at rest. */
async function calm(world: World, run: Started): Promise<string[]> {
  world.a.before = () => {};
  const again: Started[] = [];
  for (let round = 0; round < 2; round++) {
    const next = start(world, run.run, world.a, run);
    await going(world, next, toItsEnd);
    again.push(next);
  }
  const last = again.at(-1);
  const stillAtWork = last && outcomeOf(last) === 'promoted' ? ['the third run still promotes'] : [];
  return [
    ...stillAtWork,
    ...leftBehind(world, [], 'never').map(fault => `in the end ${fault}`),
    ...pairsOf(world),
  ];
}

/** How many requests the run makes with nobody else. */
export async function lengthOf(setting: Setting): Promise<number> {
  const nobody: Act = { name: 'nobody', on: 'source', does: () => () => undefined };
  const { requests } = await meddle(setting, nobody, 0);
  return requests[0];
}
