import { type Ground, isAt, isOwners } from './judge-sites.ts';
import { type AppPicture, isCopy, type Picture } from './picture.ts';
import type { Said } from './said.ts';
import type { Want } from './scenarios.ts';
import type { SiteName } from './world.ts';

type After = ReadonlyMap<SiteName, Picture>;

/** Promise 2: what a run of a promotion said, held against what the sites have. */
export function wordFaults(ground: Ground, said: Said, after: After): string[] {
  switch (said.outcome) {
    case 'promoted':
      return [...notPromoted(ground, said, after), ...placeFaults(ground, said, after)];
    case 'nothing-to-do':
      if (ground.scenario.source === 'is untagged') return notPromoted(ground, said, after);
      return changes(ground, after).map(change => `said nothing-to-do, yet ${change}`);
    case 'failed':
      return [
        ...(said.failures.length > 0 ? [] : ['failed without a word why']),
        ...placeFaults(ground, said, after),
        ...sentenceFaults(ground, said, after),
      ];
    case 'killed':
      return [];
    case 'threw':
      return [
        ...(isOurs(said.error) ? [] : [`threw ${said.error?.stack}`]),
        ...changes(ground, after).map(change => `gave up before it began, yet ${change}`),
      ];
    default:
      return [`said ${said.outcome}`];
  }
}

/** Whether it is an error that the product knows, or several of these at once. */
function isOurs(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isOurs);
  return error instanceof Error && /^(Remote|Stopped|Input)Error$/.test(error.name);
}

/** Whether the place has the version that was to be brought. */
function isThere({ version, scenario }: Ground, want: Want, after: After): boolean {
  const data = !scenario.withoutData;
  return at(after, want).some(app => app.version === version && app.hasData === data);
}

const at = (pictures: After, want: Want): AppPicture[] =>
  [...(pictures.get(want.site)?.apps.values() ?? [])].filter(app => isAt(app, want));

/** What is not as it has to be where everything was promoted. */
export function notPromoted(ground: Ground, said: Said, after: After): string[] {
  const { scenario, source, before } = ground;
  const app = after.get('dev')?.apps.get(source);
  const was = before.get('dev')?.apps.get(source);
  const bearer = app ?? ownersCopies(ground, after)[0];
  const tagged = scenario.tag !== undefined && bearer?.tags.includes(scenario.tag) === true;
  const faults = (scenario.wants ?? [])
    .filter(want => !isThere(ground, want, after))
    .map(({ site, stream }) => `${site}/${stream} has not the new app`);
  faults.push(...withoutTask(ground, after));
  if (scenario.source === 'is untagged') {
    if (tagged) faults.push('the tag is still on');
  } else if (scenario.tag !== undefined && !tagged && !/has changed since|not tagged/.test(said.text)) {
    faults.push('the tag is not on');
  }
  if (scenario.source === 'loses properties' && app?.properties.some(row => row.startsWith('Approval=')))
    faults.push('the properties are still there');
  if (scenario.source === 'leaves its stream') faults.push(...notUnpublished(ground, after));
  if (scenario.reloads) faults.push(...notReloaded(ground, after, was));
  return faults.map(fault => `said ${said.outcome}, yet ${fault}`);
}

/** The wanted places whose app lacks its reload task. */
function withoutTask({ scenario: { wants = [], taskOfEach } }: Ground, after: After): string[] {
  if (taskOfEach === undefined) return [];
  return wants.flatMap(want => {
    const tasks = [...(after.get(want.site)?.tasks.values() ?? [])];
    const has = at(after, want).some(app =>
      tasks.some(task => task.app === app.id && task.name === taskOfEach),
    );
    return has ? [] : [`${want.site}/${want.stream} has an app without its reload task`];
  });
}

/** The copies of an unpublished app that its owner may have. */
function ownersCopies(ground: Ground, after: After): AppPicture[] {
  const apps = [...(after.get('dev')?.apps.values() ?? [])];
  return apps.filter(
    app => !ground.before.get('dev')?.apps.has(app.id) && isOwners(ground, { ...app, site: 'dev' }),
  );
}

function notUnpublished(ground: Ground, after: After): string[] {
  if (after.get('dev')?.apps.has(ground.source)) return ['the app is still in its stream'];
  const { length } = ownersCopies(ground, after);
  return length === 1 ? [] : [`its owner has ${length} copies`];
}

function notReloaded({ scenario }: Ground, after: After, was: AppPicture | undefined): string[] {
  return (scenario.wants ?? []).flatMap(want =>
    at(after, want)
      .filter(app => app.lastReloadTime === was?.lastReloadTime)
      .map(() => `${want.site}/${want.stream} was not reloaded`),
  );
}

/** What is not as it was. */
function changes({ world, before }: Ground, after: After): string[] {
  return world.names.flatMap(site => {
    const [was, is] = [before.get(site), after.get(site)].map(picture =>
      JSON.stringify(picture, (_, value: unknown) => (value instanceof Map ? [...value].sort() : value)),
    );
    return was === is ? [] : [`${site} has changed`];
  });
}

interface StreamResult {
  stream: string;
  did?: string;
}

interface TargetResult {
  site: SiteName;
  streams: StreamResult[];
  leftBehind?: { id?: string; name: string; certain: boolean }[];
}

function targetsOf({ result }: Said): TargetResult[] {
  const { apps } = result;
  return Array.isArray(apps) ? apps.flatMap(({ targets }: { targets: TargetResult[] }) => targets) : [];
}

/** Each place, by the word of the result. */
function placeFaults(ground: Ground, said: Said, after: After): string[] {
  return targetsOf(said).flatMap(({ site, streams }) =>
    streams.flatMap(({ stream, did }) => {
      const want = ground.scenario.wants?.find(one => one.site === site && one.stream === stream);
      if (!want) return [`${site}/${stream} is in the result, and nobody asked for it`];
      const done = ['replaced', 'published', 'amended', 'kept'].includes(did ?? '');
      if (done && !isThere(ground, want, after))
        return [`said ${did}, yet ${site}/${stream} has not the new app`];
      const undone = ['not done', 'rolled back', 'withdrawn'].includes(did ?? '');
      return undone && !asBefore(ground, want, after)
        ? [`said ${did}, yet ${site}/${stream} has changed`]
        : [];
    }),
  );
}

function asBefore({ before }: Ground, want: Want, after: After): boolean {
  const names = (pictures: After) =>
    at(pictures, want)
      .map(({ lastReloadTime, ...app }) => JSON.stringify(app))
      .sort()
      .join();
  return names(before) === names(after);
}

const SENTENCES = [
  /On (?<site>\w+) users (?:still )?see the version of [^.]*? in (?<streams>[^.]*)\./g,
  /On (?<site>\w+) the app is not in (?<streams>[^.]*) yet\./g,
];

/** What the sentences for people say of places. */
function sentenceFaults(ground: Ground, { failures }: Said, after: After): string[] {
  const text = failures.join('\n');
  return SENTENCES.flatMap(sentence =>
    [...text.matchAll(sentence)].flatMap(({ groups }) =>
      (ground.scenario.wants ?? [])
        .filter(want => want.site === groups?.site && groups.streams?.split(/, | and /).includes(want.stream))
        .filter(want => !asBefore(ground, want, after))
        .map(({ site, stream }) => `a sentence says that ${site}/${stream} is as before, yet it has changed`),
    ),
  );
}

/** Promise 3: working copies that nobody named, and names of copies that are not there. */
export function copyFaults(ground: Ground, said: Said, after: After): string[] {
  const { world, source } = ground;
  // As long as the app is in its stream, a copy for its owner is one that stayed behind.
  const early = after.get('dev')?.apps.has(source) ? ownersCopies(ground, after) : [];
  return world.names.flatMap(site => {
    const copies = [
      ...[...(after.get(site)?.apps.values() ?? [])].filter(isCopy),
      ...(site === 'dev' ? early : []),
    ];
    const unnamed = copies
      .filter(({ id, name }) => !said.told.includes(id) && !said.told.includes(name))
      .map(({ name }) => `${site} keeps "${name}", which the report does not name`);
    const ghosts = targetsOf(said)
      .filter(target => target.site === site)
      .flatMap(({ leftBehind = [] }) => leftBehind)
      .filter(({ id, certain }) => certain && id !== undefined && !copies.some(copy => copy.id === id))
      .map(({ name }) => `the report says that ${site} keeps "${name}", which it does not`);
    return [...unnamed, ...ghosts];
  });
}
