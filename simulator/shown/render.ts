import type { App, Entity } from '../site/entities.ts';
import { noId } from '../site/entities.ts';
import {
  appCondensed,
  definition,
  named,
  objectCondensed,
  objectFull,
  person,
  row,
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
    case 'App.Object':
      return objectCondensed(entity);
    case 'User':
      return person(entity);
    case 'CustomPropertyDefinition':
      return definition(entity);
    case 'ReloadTask':
    case 'ExternalProgramTask':
      return taskCondensed(entity);
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
    case 'ReloadTask':
    case 'ExternalProgramTask':
      return taskFull(entity);
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
