import { groundOf, type Terms } from './ground.ts';
import { asks } from './kinds.ts';
import type { Act, Kept } from './people.ts';
import { isThere } from './promises.ts';
import { outcomeOf, type Run, type Started, start } from './run.ts';
import { going, held, passing, toItsEnd, told, type Verdict } from './schedule.ts';
import { clear } from './weather.ts';
import { createWorld, type Sky, type Stage, type World } from './world.ts';

/** A run among people. */
export interface Setting extends Stage, Terms {
  readonly run: Run;
  /** The person's change of a condition counts. */
  readonly conditions?: true;
}

const old = { name: 'Sales', size: '18 KB', description: 'The old one' };
const nightly = { name: 'Nightly', app: 'Sales', runs: [{ takes: '10m', ends: 'FinishedSuccess' as const }] };
const data = { test: { apps: [{ ...old, stream: 'One' }], tasks: [nightly] } };
const when = 'when: { properties: { Approval: { is: Approve, not: Deny } }, tags: { lacks: [frozen] } }';

export const SETTINGS: readonly Setting[] = [
  {
    name: 'replace and publish, with a backup and a tag',
    data,
    conditions: true,
    rollsBack: true,
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
  { name: 'nothing but a replace', data, run: asks() },
  {
    name: 'one site by copy',
    run: {
      spec: 'from: dev\napps: [{ name: Sales, stream: Build }]\nto: [{ site: dev, streams: [Live] }]',
      wants: [{ site: 'dev', stream: 'Live', name: 'Sales' }],
      mode: 'overwrite',
    },
  },
  { name: 'an empty place', run: asks({ tag: 'Promoted' }) },
];

/** Anna does something before the work of request `number`, counted from one, and the run goes on. */
export async function meddle(setting: Setting & Sky, act: Act, number: number): Promise<Verdict> {
  const world = await createWorld(setting);
  try {
    const ground = groundOf(world, setting);
    const many = setting.many === true || act.brings === true;
    const kept: Kept[] = [];
    const early: string[] = [];
    const run = start(world, setting.run, held(world.a));
    world.a.before = at => {
      if (at === number) early.push(...ground.watched.during(() => void kept.push(act.does(world))));
    };
    await going(world, run, toItsEnd);
    const requests = world.a.seen.length;
    await passing(world, 600_000);
    const faults = [
      ...early,
      ...ground.faults([run], { many }),
      ...(tooLate(world, act, number) ? [] : kept.flatMap(lost => lost() ?? [])),
      ...ignored(world, setting, act, run, number),
      ...(await calm(world, setting, act, run)),
      ...ground.atRest(many),
    ];
    return { faults, told: told(run), requests: [requests, 0] };
  } finally {
    await world.stop();
  }
}

/** Nothing can be looked at between a look and the request right after it. */
const tooLate = (world: World, act: Act, number: number) =>
  act.on === 'source' && /^dev DELETE \/qrs\/app\/[^/]*$/.test(world.a.seen[number - 1] ?? '');

/** A denial that came before the last look at the source that led to the app's going live must be heeded. */
function ignored({ a }: World, { conditions }: Setting, act: Act, run: Started, number: number): string[] {
  if (!act.forbids || !conditions || outcomeOf(run) !== 'promoted') return [];
  const live = a.seen.findIndex(request => /PUT \S*\/(replace|publish)$/.test(request));
  const looked = a.seen.slice(0, live).findLastIndex(request => request.startsWith('dev GET /qrs/app')) + 1;
  return number <= looked ? [`went live although it was denied before request ${looked} looked`] : [];
}

/** What a run that nobody disturbs any more leads to; a tag, or another's app, may keep it from its place. */
const leadsThere = ({ run, unpublishes, losesRows }: Setting, act: Act) =>
  run.tag === undefined && !unpublishes && !losesRows && !act.forbids && !act.brings && !act.ends;

/** Two more runs, with nobody else: what is left is at rest. */
async function calm(world: World, setting: Setting, act: Act, run: Started): Promise<string[]> {
  world.a.before = () => {};
  const again: Started[] = [];
  for (let round = 0; round < 2; round++) {
    const next = start(world, run.run, world.a, run);
    await going(world, next, toItsEnd);
    again.push(next);
  }
  const last = again.slice(-1);
  const absent = run.run.wants.filter(want => leadsThere(setting, act) && !isThere(world, run, want));
  return [
    ...(last.some(one => outcomeOf(one) === 'promoted') ? ['the third run still promotes'] : []),
    ...absent.map(({ site, stream }) => `in the end ${site}/${stream} has not the newest version`),
  ];
}

/** How many requests the run makes with nobody else. */
export async function lengthOf(setting: Setting): Promise<number> {
  const nobody: Act = { name: 'nobody', on: 'source', does: () => () => undefined };
  const { requests } = await meddle({ ...setting, ...clear }, nobody, 0);
  return requests[0];
}
