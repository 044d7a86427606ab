import type {
  App,
  Definition,
  Entity,
  EntityType,
  ExecutionResult,
  ExecutionSession,
  Stream,
  Tag,
  Task,
  User,
} from './entities.ts';
import type { ObjectMap } from './object-map.ts';

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
}

interface EntityMap {
  get(id: string): Entity | undefined;
  values(): IterableIterator<Entity>;
  delete(id: string): boolean;
}

/** The types that lists and filters know: every type of entity, and `Task` for tasks of all types. */
export type ListType = EntityType | 'Task';

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
      return tasksOf(site, type);
    case 'ExecutionResult':
      return site.results;
    case 'ExecutionSession':
      return site.sessions;
  }
}

function tasksOf({ tasks }: EntityMaps, type: Task['schemaPath']): EntityMap {
  const has = (task: Task | undefined) => task?.schemaPath === type;
  return {
    get: id => (has(tasks.get(id)) ? tasks.get(id) : undefined),
    values: () => tasks.values().filter(has),
    delete: id => has(tasks.get(id)) && tasks.delete(id),
  };
}
