import type { App, DataConnection, Entity } from '../site/entities.ts';
import { noDate, noId } from '../site/entities.ts';
import {
  appCondensed,
  definition,
  labels,
  named,
  objectCondensed,
  objectFull,
  person,
  stored,
} from './render-parts.ts';
import {
  resultCondensed,
  resultFull,
  sessionCondensed,
  sessionFull,
  taskCondensed,
  taskFull,
} from './render-tasks.ts';
import { triggerCondensed, triggerFull } from './render-triggers.ts';

const appFull = (app: App) => ({
  ...appCondensed(app),
  ...stored(app),
  description: app.description,
  owner: person(app.owner),
  ...labels(app),
  sourceAppId: noId,
  targetAppId: noId,
  fileSize: app.fileSize,
  lastReloadTime: app.lastReloadTime,
  lastDataDistribution: noDate,
  thumbnail: '',
  dynamicColor: '',
});

const connectionCondensed = ({ id, name, connectionstring, type, username }: DataConnection) => ({
  id,
  name,
  connectionstring,
  type,
  username,
  engineObjectId: id,
  password: '',
  logOn: 0,
  architecture: 0,
});

function condensedFields(entity: Entity) {
  switch (entity.schemaPath) {
    case 'App':
      return appCondensed(entity);
    case 'App.Object':
      return objectCondensed(entity);
    case 'User':
      return person(entity);
    case 'CustomPropertyDefinition':
      return definition(entity);
    case 'ReloadTask':
    case 'ExternalProgramTask':
      return taskCondensed(entity);
    case 'SchemaEvent':
    case 'CompositeEvent':
      return triggerCondensed(entity);
    case 'DataConnection':
      return connectionCondensed(entity);
    case 'ExecutionResult':
      return resultCondensed(entity);
    case 'ExecutionSession':
      return sessionCondensed(entity);
    default:
      return named(entity);
  }
}

function fullFields(entity: Entity) {
  switch (entity.schemaPath) {
    case 'App':
      return appFull(entity);
    case 'App.Object':
      return objectFull(entity);
    case 'Stream':
      return {
        ...stored(entity),
        name: entity.name,
        owner: person(entity.owner),
        ...labels(entity),
      };
    case 'Extension':
      return {
        ...stored(entity),
        name: entity.name,
        owner: person(entity.owner),
        ...labels(entity),
        whiteList: { id: noId, libraryType: 0, privileges: null },
        references: [],
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
        ...labels(entity),
        roles: entity.roles,
        attributes: [],
        inactive: false,
        removedExternally: false,
        blacklisted: false,
        deleteProhibited: entity.userDirectory === 'INTERNAL',
        favorites: [],
      };
    case 'ReloadTask':
    case 'ExternalProgramTask':
      return taskFull(entity);
    case 'SchemaEvent':
    case 'CompositeEvent':
      return triggerFull(entity);
    case 'DataConnection':
      return {
        ...stored(entity),
        ...connectionCondensed(entity),
        ...labels(entity),
        owner: person(entity.owner),
      };
    case 'ExecutionResult':
      return resultFull(entity);
    case 'ExecutionSession':
      return sessionFull(entity);
  }
}

export const condensed = (entity: Entity, privileges: readonly string[] | null = null) => ({
  ...condensedFields(entity),
  privileges,
});

export const full = (entity: Entity, privileges: readonly string[] | null = null) => ({
  ...fullFields(entity),
  privileges,
});
