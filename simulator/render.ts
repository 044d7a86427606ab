import type { App, Definition, Entity, PropertyRow, Stream, Tag, User } from './entities.ts';
import { noId } from './entities.ts';

const everything = ['create', 'read', 'update', 'delete', 'export', 'publish', 'changeowner'];

const named = ({ id, name }: Tag | Stream) => ({ id, name, privileges: null });

const person = ({ id, userId, userDirectory, name }: User) => ({
  id,
  userId,
  userDirectory,
  userDirectoryConnectorName: userDirectory,
  name,
  privileges: null,
});

const definition = ({ id, name, valueType, choiceValues }: Definition) => ({
  id,
  name,
  valueType,
  choiceValues,
  privileges: null,
});

const stored = ({ id, createdDate, modifiedDate, modifiedByUserName, schemaPath }: Entity | PropertyRow) => ({
  id,
  createdDate,
  modifiedDate,
  modifiedByUserName,
  schemaPath,
});

const row = (property: PropertyRow) => ({
  ...stored(property),
  value: property.value,
  definition: definition(property.definition),
});

const appCondensed = (app: App) => ({
  id: app.id,
  name: app.name,
  appId: '',
  publishTime: app.publishTime,
  published: app.published,
  stream: app.stream && named(app.stream),
  savedInProductVersion: '12.2020.0',
  migrationHash: '98d482c3f964dccf69cbfb9a00e0c048ea6eb221',
  availabilityStatus: 0,
});

const appFull = (app: App) => ({
  ...appCondensed(app),
  ...stored(app),
  description: app.description,
  owner: person(app.owner),
  tags: app.tags.map(named),
  customProperties: app.customProperties.map(row),
  sourceAppId: noId,
  targetAppId: noId,
  fileSize: app.fileSize,
  lastReloadTime: app.lastReloadTime,
  thumbnail: '',
  dynamicColor: '',
});

function condensedFields(entity: Entity) {
  switch (entity.schemaPath) {
    case 'App':
      return appCondensed(entity);
    case 'User':
      return person(entity);
    case 'CustomPropertyDefinition':
      return definition(entity);
    default:
      return named(entity);
  }
}

function fullFields(entity: Entity) {
  switch (entity.schemaPath) {
    case 'App':
      return appFull(entity);
    case 'Stream':
      return {
        ...stored(entity),
        name: entity.name,
        owner: person(entity.owner),
        tags: [],
        customProperties: [],
      };
    case 'Tag':
      return { ...stored(entity), name: entity.name };
    case 'CustomPropertyDefinition':
      return {
        ...stored(entity),
        ...definition(entity),
        objectTypes: entity.objectTypes,
        description: entity.description,
      };
    case 'User':
      return {
        ...stored(entity),
        ...person(entity),
        roles: [],
        attributes: [],
        inactive: false,
        removedExternally: false,
        blacklisted: false,
        deleteProhibited: entity.userDirectory === 'INTERNAL',
        tags: [],
        customProperties: [],
        favorites: [],
      };
  }
}

/** `privileges` is null unless asked for (docs/qrs.md 1). */
const privileged = (wanted: boolean) => ({ privileges: wanted ? everything : null });

export const condensed = (entity: Entity, privileges = false) => ({
  ...condensedFields(entity),
  ...privileged(privileges),
});

export const full = (entity: Entity, privileges = false) => ({
  ...fullFields(entity),
  ...privileged(privileges),
});
