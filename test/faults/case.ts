import { readdirSync } from 'node:fs';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import { type FaultKind, faultNamed, type Times } from './faults.ts';
import { reloadFaults } from './judge-reload.ts';
import { type Ground, momentFaults, unaskedFaults } from './judge-sites.ts';
import { copyFaults, notPromoted, wordFaults } from './judge-words.ts';
import { isCopy, type Picture, pictureOf, versionOf } from './picture.ts';
import { runProcess, SIGNALS } from './process.ts';
import type { Request } from './requests.ts';
import { run, type Said } from './said.ts';
import type { Scenario } from './scenarios.ts';
import { createWorld, type SiteName, type World } from './world.ts';

/** What a case came to. */
export interface Verdict {
  readonly faults: readonly string[];
  /** The outcome and the sentences of the run. */
  readonly told: string;
  /** Whether a request met the fault: how many there are of a kind may depend on the machine. */
  readonly isMet?: boolean;
}

const HOUR = 3_600_000;
/** No run takes longer, whatever happens to one of its requests. */
const LONGEST = 24 * HOUR;

export async function groundOf(world: World, scenario: Scenario): Promise<Ground> {
  const dev = world.names.includes('dev') ? world.site('dev') : undefined;
  const app = dev?.site.apps.values().find(({ stream }) => stream?.name === 'Build');
  const version = (await scenario.prepare?.(world)) ?? (dev && app ? versionOf(dev, app) : '');
  return {
    world,
    scenario,
    version,
    source: app?.id ?? '',
    before: pictures(world),
    from: new Map(world.names.map(name => [name, world.site(name).moments.all().length])),
  };
}

const pictures = (world: World): Map<SiteName, Picture> =>
  new Map(world.names.map(name => [name, pictureOf(world.site(name))]));

/** One run with one fault at one of its requests; then, without faults, the same again, and again. */
export async function tryCase(
  scenario: Scenario,
  request: Request,
  fault: string,
  times: Times,
): Promise<Verdict> {
  const world = await createWorld(scenario.sites, scenario.way);
  try {
    const ground = await groundOf(world, scenario);
    const signal = SIGNALS.find(name => name === fault);
    const said = signal
      ? await runProcess(ground, request, signal)
      : await runWith(ground, request, faultNamed(fault), times);
    // What a site does late is done.
    await world.pass(3 * HOUR);
    const survives = !signal && times === 'once' && faultNamed(fault).survived;
    const unlike = survives && said.outcome !== scenario.clean;
    const faults = [
      ...(unlike ? [`one "${fault}" made it ${said.outcome}, not ${scenario.clean}`] : []),
      ...firstFaults(ground, said),
      ...(await laterFaults(ground, said)),
    ];
    return { faults, told: toldOf(said), isMet: world.isMet };
  } finally {
    await world.stop();
  }
}

/**
 * The same without a fault, on sites whose answer to an open question of QRS is another one: the run comes to what the
 * scenario says, whatever the answer.
 */
export async function tryUnder(scenario: Scenario, switches: SwitchesInput): Promise<Verdict> {
  const sites = Object.entries(scenario.sites).map(([name, data]) => [name, { ...data, switches }]);
  const world = await createWorld(Object.fromEntries(sites), scenario.way);
  try {
    const ground = await groundOf(world, scenario);
    const said = await run(world, scenario, ground.source);
    await world.pass(HOUR);
    const unlike = said.outcome === scenario.clean ? [] : [`it said ${said.outcome}, not ${scenario.clean}`];
    const faults = [...unlike, ...firstFaults(ground, said), ...(await laterFaults(ground, said))];
    // On such a site users see the name of a working copy for a moment, and no client can help it.
    const showsNames = switches.replaceName === 'source' || switches.publishName === 'ignored';
    const isName = (fault: string) => /users of \w+ saw .*"qrs-action working copy of /.test(fault);
    return { faults: faults.filter(fault => !(showsNames && isName(fault))), told: toldOf(said) };
  } finally {
    await world.stop();
  }
}

async function runWith(
  { world, scenario, source }: Ground,
  { site, label, ...matched }: Request,
  kind: FaultKind,
  times: Times,
): Promise<Said> {
  world.lasting = times === 'always';
  world.late = kind.name.startsWith('late');
  const often = world.lasting ? Number.POSITIVE_INFINITY : 1;
  const { faults } = world.site(site);
  faults.add({ ...matched, times: often, fault: kind.of(world, site) });
  faults.add({ ...matched, fault: { run: () => (world.isMet = true) } });
  return run(world, scenario, source, world.cancel.signal);
}

const toldOf = ({ outcome, told }: Said) => `${outcome}\n${told}`.trim();

/** Everything that is wrong after the run that met the fault. */
function firstFaults(ground: Ground, said: Said): string[] {
  const { world, scenario } = ground;
  const after = pictures(world);
  return [
    ...(scenario.asks === 'promote'
      ? wordFaults(ground, said, after)
      : reloadFaults(ground, said, after.get('prod'))),
    ...momentFaults(ground),
    ...unaskedFaults(ground, after),
    ...copyFaults(ground, said, after),
    ...fileFaults(world, said),
    ...secretFaults(world, said),
    ...(said.took > LONGEST ? [`took ${said.took / HOUR} hours`] : []),
  ];
}

/**
 * Promise 4: a day later the same run ends where the first one should have. What is done is not done again: the run after
 * one that said promoted has nothing to do.
 */
async function laterFaults(ground: Ground, first: Said): Promise<string[]> {
  const { world, scenario, source } = ground;
  for (const name of world.names) {
    world.site(name).faults.clear();
    await world.site(name).back();
  }
  world.endSessions();
  await world.pass(25 * HOUR);
  const second = await run(world, scenario, source);
  const after = pictures(world);
  const faults =
    scenario.asks === 'reload'
      ? outcomeFaults(second, [scenario.clean])
      : [
          ...outcomeFaults(second, first.outcome === 'promoted' ? [IDLE] : ['promoted', IDLE]),
          ...notPromoted(ground, second, after),
          // A run that has nothing to bring to a site does not look at it.
          ...(hasGone(scenario) ? [] : leftFaults(after)),
          ...(second.outcome === IDLE ? [] : outcomeFaults(await run(world, scenario, source), [IDLE])),
        ];
  return [...faults, ...momentFaults(ground), ...unaskedFaults(ground, after)].map(
    fault => `run again: ${fault}`,
  );
}

const IDLE = 'nothing-to-do';

const outcomeFaults = (said: Said, expected: readonly string[]) =>
  expected.includes(said.outcome) ? [] : [`it said ${toldOf(said)}, not ${expected.join(' or ')}`];

const hasGone = ({ source }: Scenario) => source === 'loses properties' || source === 'leaves its stream';

const leftFaults = (after: Map<SiteName, Picture>) =>
  [...after].flatMap(([site, { apps }]) =>
    [...apps.values()].filter(isCopy).map(({ name }) => `${site} still keeps "${name}"`),
  );

/** Files with data on the runner, beside those that were asked for. */
function fileFaults({ folder }: World, { files = [] }: Said): string[] {
  return [...readdirSync(folder), ...files]
    .filter(name => !/^(backup|archive|qrs-action-(logs|result)-.*)$/.test(name))
    .map(name => `the file ${name} stayed`);
}

/** Promise 8. */
function secretFaults(world: World, { text }: Said): string[] {
  const keys = world.names.flatMap(name =>
    world
      .site(name)
      .key.split('\n')
      .filter(line => line.length > 40),
  );
  return [...keys, ...world.secrets].some(secret => text.includes(secret)) ? ['a secret was shown'] : [];
}
