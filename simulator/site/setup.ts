import { randomUUID } from 'node:crypto';
import { putObject } from './app-objects.ts';
import { contentSize } from './content.ts';
import type { CheckedData } from './data.ts';
import type { App, Stream, User } from './entities.ts';
import { fullUserName, noDate } from './entities.ts';
import { addTasks } from './setup-tasks.ts';
import type { Site } from './site.ts';
import type { PropertyRow, Tag } from './stored.ts';

/** Fills an empty site with the entities of the data file. */
export function setUp(site: Site, data: CheckedData) {
  // All entities share one date: dates of their own would move the site's clock ahead of the real one.
  const at = site.now();
  site.lacks = data.lacks;
  const users = data.users.map(name => addUser(site, name, at));
  const [api] = users;
  if (!api) throw new Error('a site has at least its internal users');
  const streams = data.streams.map((name): Stream => {
    return keep(site.streams, {
      ...site.stored(api, at),
      schemaPath: 'Stream',
      ...unlabelled(),
      name,
      owner: api,
    });
  });
  const tags = data.tags.map(
    (name): Tag => keep(site.tags, { ...site.stored(api, at), schemaPath: 'Tag', name }),
  );
  for (const [name, choiceValues] of Object.entries(data.customProperties)) {
    keep(site.customProperties, {
      ...site.stored(api, at),
      schemaPath: 'CustomPropertyDefinition',
      name,
      valueType: 'Text',
      choiceValues,
      objectTypes: ['App', 'Stream', 'User', 'ReloadTask', 'ExternalProgramTask', 'DataConnection'],
      description: '',
    });
  }
  for (const name of data.connections) {
    keep(site.dataConnections, {
      ...site.stored(api, at),
      schemaPath: 'DataConnection',
      ...unlabelled(),
      name,
      connectionstring: `C:\\Data\\${name}`,
      type: 'folder',
      username: '',
      owner: api,
    });
  }
  for (const name of data.extensions) {
    const own = { schemaPath: 'Extension', ...unlabelled(), name, owner: api } as const;
    keep(site.extensions, { ...site.stored(api, at), ...own });
  }
  for (const app of data.apps) {
    const owner = users.find(user => fullUserName(user) === app.owner) ?? api;
    const added = addApp(site, app, owner, at, {
      stream: streams.find(({ name }) => name === app.stream) ?? null,
      tags: tags.filter(({ name }) => app.tags.includes(name)),
      customProperties: rowsOf(site, app.properties, owner, at),
    });
    addObjects(site, added, app.objects, users, at);
  }
  addTasks(site, data.tasks, api, at, properties => rowsOf(site, properties, api, at));
}

function keep<T extends { id: string }>(map: Map<string, T>, entity: T): T {
  map.set(entity.id, entity);
  return entity;
}

function addUser(site: Site, name: string, at: string): User {
  const [userDirectory = '', userId = ''] = name.split('\\');
  const stored = { id: randomUUID(), createdDate: at, modifiedDate: at, modifiedByUserName: internal };
  const named = { userDirectory, userId, name: userId, roles: [] };
  return keep(site.users, { ...stored, schemaPath: 'User', ...unlabelled(), ...named });
}

const unlabelled = () => ({ tags: [], customProperties: [] });

const internal = 'INTERNAL\\sa_repository';

function rowsOf(site: Site, properties: Record<string, string[]>, by: User, at: string): PropertyRow[] {
  return site.customProperties
    .values()
    .flatMap(definition =>
      ((Object.hasOwn(properties, definition.name) && properties[definition.name]) || []).map(
        (value): PropertyRow => ({
          ...site.stored(by, at),
          schemaPath: 'CustomPropertyValue',
          value,
          definition,
        }),
      ),
    )
    .toArray();
}

type Belongings = Pick<App, 'stream' | 'tags' | 'customProperties'>;

function addApp(
  site: Site,
  given: CheckedData['apps'][number],
  owner: User,
  at: string,
  belongings: Belongings,
) {
  const stored = site.stored(owner, at);
  const { name, description, size, lastReloadTime = stored.createdDate, id = stored.id } = given;
  const content: App['content'] = {
    kind: 'made',
    recipe: {
      madeBy: 'qrs-simulator',
      seed: randomUUID(),
      size,
      withData: true,
      name,
      lastReloadTime,
      description: '',
      parts: [],
    },
  };
  return keep<App>(site.apps, {
    ...stored,
    ...belongings,
    id,
    schemaPath: 'App',
    name,
    description,
    owner,
    published: belongings.stream !== null,
    publishTime: belongings.stream ? at : noDate,
    lastReloadTime,
    fileSize: contentSize(content),
    content,
  });
}

/** Adds the given objects, and the script and the load model that every app has. */
function addObjects(
  site: Site,
  app: App,
  objects: CheckedData['apps'][number]['objects'],
  users: readonly User[],
  at: string,
) {
  const base = { owner: undefined, kind: 'base' as const };
  const ofEveryApp = [
    { ...base, type: 'app_appscript', name: 'Script', engineObjectId: 'app_appscript' },
    { ...base, type: 'loadmodel', name: 'Load model', engineObjectId: 'LoadModel' },
  ];
  for (const { type, name, owner, kind, ...ids } of [...ofEveryApp, ...objects]) {
    const part = {
      engineObjectId: randomUUID(),
      ...ids,
      objectType: type,
      name,
      description: '',
      size: 1000,
    };
    putObject(
      site,
      app,
      { ...part, version: randomUUID() },
      {
        owner: users.find(user => fullUserName(user) === owner) ?? app.owner,
        published: app.published && kind !== 'private',
        approved: app.published && kind === 'base',
        at,
      },
    );
  }
}
