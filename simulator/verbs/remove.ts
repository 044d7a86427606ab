import { removeObjects } from '../site/app-objects.ts';
import type { App, Entity, EntityType, Task, User } from '../site/entities.ts';
import { mapOf } from '../site/maps.ts';
import type { Site } from '../site/site.ts';
import { nothing, Refusal } from './answers.ts';
import { refuseWhileReloading } from './apps.ts';
import type { Call } from './call.ts';
import { found, idOf } from './call.ts';
import { removeTask } from './executions.ts';
import { change } from './update.ts';

/**
 * Deletes an entity and removes it from apps and tasks. Refuses to delete an app's stream or owner.
 */
export const remove = (type: EntityType) => (call: Call) => {
  const { site, user } = call;
  const entity = found(mapOf(site, type).get(idOf(call)));
  const apps = [...site.apps.values()];
  if (entity.schemaPath === 'App') refuseWhileReloading(site, entity);
  if (apps.some(app => app.stream === entity || app.owner === entity)) {
    throw new Refusal(400, `The ${type} is in use`);
  }
  for (const app of apps) if (bears(app, entity)) change(site, app, without(app, entity), user);
  for (const task of [...site.tasks.values()]) takeOff(site, task, entity, user);
  site.remove(entity);
  if (entity.schemaPath !== 'App') return nothing;
  removeObjects(site, entity);
  site.release(entity.content);
  return nothing;
};

const bears = ({ tags, customProperties }: App, entity: Entity) =>
  tags.some(tag => tag === entity) || customProperties.some(({ definition }) => definition === entity);

const without = ({ tags, customProperties }: App, entity: Entity) => ({
  tags: tags.filter(tag => tag !== entity),
  customProperties: customProperties.filter(({ definition }) => definition !== entity),
});

/** A task loses its tag; QRS may delete it together with its app (docs/qrs.md 9). */
function takeOff(site: Site, task: Task, entity: Entity, by: User) {
  const tags = task.tags.filter(tag => tag !== entity);
  if (tags.length < task.tags.length) change<Task>(site, task, { tags }, by);
  const goes = task.schemaPath === 'ReloadTask' && task.app === entity;
  if (goes && site.switches.deleteTakesTasks) removeTask(site, task);
}
