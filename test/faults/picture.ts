import type { Simulator } from '../../simulator/server.ts';
import { partsOf } from '../../simulator/site/app-objects.ts';
import { hasData, originOf } from '../../simulator/site/content.ts';
import { type App, fullUserName } from '../../simulator/site/entities.ts';
import { versionShown } from '../together/versions.ts';

/** An app, with everything that a promotion could change. */
export interface AppPicture {
  readonly id: string;
  readonly name: string;
  readonly stream: string | undefined;
  /** Names its content without data. */
  readonly version: string;
  readonly hasData: boolean;
  /** Without our stamp. */
  readonly description: string;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly properties: readonly string[];
  readonly lastReloadTime: string;
}

/** Everything that a site has. */
export interface Picture {
  readonly apps: ReadonlyMap<string, AppPicture>;
  readonly streams: readonly string[];
  readonly tags: readonly string[];
  readonly definitions: readonly string[];
  /** `name of app`, by the task's id. */
  readonly tasks: ReadonlyMap<string, { name: string; app: string }>;
  /** The statuses of all records of runs, by their ids. */
  readonly results: ReadonlyMap<string, { status: string; app: string }>;
}

export function versionOf({ site }: Simulator, app: App): string {
  const parts = partsOf(site, app, 'approved');
  const base = Object.fromEntries(parts.map(({ engineObjectId, version }) => [engineObjectId, version]));
  return versionShown({ content: originOf(app.content), base });
}

export function pictureOf(simulator: Simulator): Picture {
  const { apps, streams, tags, customProperties, tasks, results } = simulator.site;
  const names = (entities: ReadonlyMap<string, { name: string }>) =>
    [...entities.values()].map(({ name }) => name).sort();
  return {
    apps: new Map([...apps].map(([id, app]) => [id, appPicture(simulator, app)])),
    streams: names(streams),
    tags: names(tags),
    definitions: names(customProperties),
    tasks: new Map(
      [...tasks].map(([id, task]) => [id, { name: task.name, app: 'app' in task ? task.app.id : '' }]),
    ),
    results: new Map([...results].map(([id, { status, appID }]) => [id, { status, app: appID }])),
  };
}

function appPicture(simulator: Simulator, app: App): AppPicture {
  return {
    id: app.id,
    name: app.name,
    stream: app.stream?.name,
    version: versionOf(simulator, app),
    hasData: hasData(app.content),
    description: authored(app.description),
    owner: fullUserName(app.owner),
    tags: app.tags.map(({ name }) => name).sort(),
    properties: app.customProperties.map(({ definition, value }) => `${definition.name}=${value}`).sort(),
    lastReloadTime: app.lastReloadTime,
  };
}

/** What the author wrote: without the line of a promotion. */
const authored = (description: string) =>
  description
    .split('\n')
    .filter(line => !line.startsWith('[qrs-action]'))
    .join('\n');

export const isCopy = ({ name, stream }: Pick<AppPicture, 'name' | 'stream'>) =>
  stream === undefined && name.startsWith('qrs-action working copy of ');
