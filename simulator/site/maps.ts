import type {
  App,
  DataConnection,
  Entity,
  EntityType,
  ExecutionSession,
  Extension,
  Stream,
  Task,
  Trigger,
  User,
} from './entities.ts';
import type { ExecutionResult } from './execution-result.ts';
import type { ObjectMap } from './object-map.ts';
import type { Definition, Tag } from './stored.ts';

/** All entities of a site, by id. */
export interface EntityMaps {
  readonly apps: Map<string, App>;
  readonly objects: ObjectMap;
  readonly streams: Map<string, Stream>;
  readonly tags: Map<string, Tag>;
  readonly customProperties: Map<string, Definition>;
  readonly users: Map<string, User>;
  readonly tasks: Map<string, Task>;
  readonly sessions: Map<string, ExecutionSession>;
  readonly results: Map<string, ExecutionResult>;
  readonly triggers: Map<string, Trigger>;
  readonly dataConnections: Map<string, DataConnection>;
  readonly extensions: Map<string, Extension>;
}

interface EntityMap {
  get(id: string): Entity | undefined;
  values(): IterableIterator<Entity>;
  delete(id: string): boolean;
}

/** The types that lists and filters know: every type of entity, `Task` for all tasks, and `Event` for all triggers. */
export type ListType = EntityType | 'Task' | 'Event';

export function mapOf(site: EntityMaps, type: ListType): EntityMap {
  switch (type) {
    case 'App':
      return site.apps;
    case 'App.Object':
      return site.objects;
    case 'Stream':
      return site.streams;
    case 'Tag':
      return site.tags;
    case 'CustomPropertyDefinition':
      return site.customProperties;
    case 'User':
      return site.users;
    case 'Task':
      return site.tasks;
    case 'ReloadTask':
    case 'ExternalProgramTask':
      return ofType(site.tasks, type);
    case 'Event':
      return site.triggers;
    case 'SchemaEvent':
    case 'CompositeEvent':
      return ofType(site.triggers, type);
    case 'DataConnection':
      return site.dataConnections;
    case 'Extension':
      return site.extensions;
    case 'ExecutionResult':
      return site.results;
    case 'ExecutionSession':
      return site.sessions;
  }
}

/** The entities of one type, in a map that holds entities of several. */
function ofType<E extends Entity>(map: Map<string, E>, type: E['schemaPath']): EntityMap {
  const has = (entity: E | undefined) => entity?.schemaPath === type;
  return {
    get: id => (has(map.get(id)) ? map.get(id) : undefined),
    values: () => map.values().filter(has),
    delete: id => has(map.get(id)) && map.delete(id),
  };
}
