import { removeObjects } from '../site/app-objects.ts';
import type { Entity, EntityType } from '../site/entities.ts';
import { mapOf } from '../site/maps.ts';
import type { Site } from '../site/site.ts';
import type { Labelled } from '../site/stored.ts';
import { nothing, Refusal } from './answers.ts';
import { refuseWhileReloading } from './apps.ts';
import type { Call } from './call.ts';
import { found, idOf } from './call.ts';
import { removeTask } from './executions.ts';
import { change } from './update.ts';

/**
 * Deletes an entity and removes it from what it labels. Refuses to delete an app's stream or owner.
 */
export const remove = (type: EntityType) => (call: Call) => {
  const { site, user } = call;
  const entity = found(mapOf(site, type).get(idOf(call)));
  const apps = [...site.apps.values()];
  if (entity.schemaPath === 'App') refuseWhileReloading(site, entity);
  if (apps.some(app => app.stream === entity || app.owner === entity)) {
    throw new Refusal(400, `The ${type} is in use`);
  }
  for (const one of labelledOf(site)) if (bears(one, entity)) change(site, one, without(one, entity), user);
  if (site.switches.deleteTakesTasks) removeTasksOf(site, entity);
  site.remove(entity);
  if (entity.schemaPath !== 'App') return nothing;
  removeObjects(site, entity);
  site.release(entity.content);
  return nothing;
};

const labelledOf = (site: Site) =>
  [site.apps, site.streams, site.users, site.tasks, site.dataConnections].flatMap(map => [...map.values()]);

const bears = ({ tags, customProperties }: Labelled, entity: Entity) =>
  tags.some(tag => tag === entity) || customProperties.some(({ definition }) => definition === entity);

const without = ({ tags, customProperties }: Labelled, entity: Entity) => ({
  tags: tags.filter(tag => tag !== entity),
  customProperties: customProperties.filter(({ definition }) => definition !== entity),
});

/** QRS may delete the tasks of an app together with it (docs/qrs.md 9). */
function removeTasksOf(site: Site, entity: Entity) {
  for (const task of [...site.tasks.values()])
    if (task.schemaPath === 'ReloadTask' && task.app === entity) removeTask(site, task);
}
