import type { Entity, EntityType, Task } from './entities.ts';
import type { Site } from './site.ts';

interface EntityMap {
  get(id: string): Entity | undefined;
  values(): IterableIterator<Entity>;
  delete(id: string): boolean;
}

/** What lists and filters are of: every type of entity, and all tasks, whatever their type. */
export type ListType = EntityType | 'Task';

export function mapOf(site: Site, type: ListType): EntityMap {
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

function tasksOf({ tasks }: Site, type: Task['schemaPath']): EntityMap {
  const has = (task: Task | undefined) => task?.schemaPath === type;
  return {
    get: id => (has(tasks.get(id)) ? tasks.get(id) : undefined),
    values: () => tasks.values().filter(has),
    delete: id => has(tasks.get(id)) && tasks.delete(id),
  };
}
