import { FilterError, matches, parseFilter, resolve, valuesAt } from '../shown/filter.ts';
import { full } from '../shown/render.ts';
import type { Shape } from '../shown/shapes.ts';
import { shapes, taskWithProperties } from '../shown/shapes.ts';
import { sees } from '../site/app-objects.ts';
import type { App, Entity, User } from '../site/entities.ts';
import type { ListType } from '../site/maps.ts';
import { mapOf } from '../site/maps.ts';
import { may, privilegesOf } from '../site/rights.ts';
import type { Site } from '../site/site.ts';
import type { Answer } from './answers.ts';
import { json, Refusal, scalar } from './answers.ts';
import type { Call } from './call.ts';
import { flag, found, idOf } from './call.ts';

type Render = (entity: Entity, privileges: readonly string[] | null) => object;

/** Which entities a list is about, before its filter. */
export type Among = (call: Call) => (entity: Entity) => boolean;
const everything: Among = () => () => true;

/** `privileges` is null unless asked for (docs/qrs.md 1). */
function shown(call: Call, type: ListType) {
  return flag(call, 'privileges', false) ? privilegesOf(call.site, call.user, type) : null;
}

export function listOf(type: ListType, render: Render, among: Among = everything) {
  return (call: Call): Answer => {
    const privileges = shown(call, type);
    return json(
      200,
      select(call, type, among).map(entity => call.pictures.before(entity) ?? render(entity, privileges)),
    );
  };
}

export const countOf =
  (type: ListType, among: Among = everything) =>
  (call: Call) =>
    scalar(200, select(call, type, among).length);

export const one =
  (type: ListType, render: Render = full) =>
  (call: Call) => {
    const entity = found(mapOf(call.site, type).get(idOf(call)));
    if (!isSeen(call, entity)) throw new Refusal(403, 'Forbidden');
    return json(200, render(entity, shown(call, type)));
  };

/** A list leaves out the objects hidden from a user (docs/qrs.md 9) and all that the user may not read. */
const isSeen = ({ site, user }: Call, entity: Entity) =>
  may(site, user, entity.schemaPath, 'read') &&
  (entity.schemaPath !== 'App.Object' || sees(site, user, entity)) &&
  (entity.schemaPath !== 'App' || isShown(site, user, entity));

/** The rules of a site may show an unpublished app to its owner alone. */
const isShown = ({ switches }: Site, user: User, app: App) =>
  app.published || app.owner === user || switches.unpublishedShown === 'all';

export function select(call: Call, type: ListType, among: Among = everything): Entity[] {
  const { site, user, query } = call;
  // Without the right to read tasks or executions a user gets 403, not a shorter list (docs/qrs.md 2.3).
  if (/Task$|^Execution/.test(type) && !may(site, user, type, 'read'))
    throw new Refusal(403, 'Access denied');
  const shape = shapeOf(call.site, type);
  const filter = query.get('filter');
  const entities = [...mapOf(site, type).values()].filter(among(call)).filter(entity => isSeen(call, entity));
  const tree = filter === undefined ? undefined : readFilter(filter, shape);
  const chosen = tree
    ? entities.filter(entity => matches(tree, call.pictures.before(entity) ?? full(entity), site.switches))
    : entities;
  const order = query.get('orderby');
  return order === undefined ? chosen : sort(chosen, order, shape);
}

/** Whether a filter on all tasks may name custom properties is not known (docs/qrs.md 9). */
const shapeOf = ({ switches }: Site, type: ListType) =>
  type === 'Task' && switches.taskProperties === 'filtered' ? taskWithProperties : shapes[type];

export function readFilter(text: string, shape: Shape) {
  try {
    return parseFilter(text, shape);
  } catch (cause) {
    if (cause instanceof FilterError) throw new Refusal(400, cause.message);
    throw cause;
  }
}

function sort(entities: Entity[], text: string, shape: Shape): Entity[] {
  const [, name = '', direction = 'asc'] = /^\s*(\S+)(?:\s+(asc|desc))?\s*$/i.exec(text) ?? [];
  const property = resolve(name, shape);
  if (!property) throw new Refusal(400, `Cannot parse the expression: ${text}`);
  const sign = direction.toLowerCase() === 'desc' ? -1 : 1;
  const keyed = entities.map(entity => ({ entity, key: sortKey(valuesAt(full(entity), property.path)[0]) }));
  return keyed.sort((a, b) => sign * compareKeys(a.key, b.key)).map(({ entity }) => entity);
}

const sortKey = (value: unknown) => (typeof value === 'number' ? value : String(value ?? '').toLowerCase());

function compareKeys(a: string | number, b: string | number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
