import type { EntityType } from '../site/entities.ts';
import { entityTypes } from '../site/entities.ts';
import { changeTypes } from '../site/site.ts';
import { json, Refusal } from './answers.ts';
import type { Call } from './call.ts';

/** Both parameters are required (docs/qrs.md 7.5). */
export function changesSince({ query, history }: Call) {
  const date = Date.parse(query.get('since') ?? '');
  if (Number.isNaN(date)) throw new Refusal(400, 'Missing or bad parameter: since');
  const types = (query.get('types') ?? '').split(',').map(typeNamed);
  const changes = history.since(date, types).map(change => ({
    schemaPath: 'ChangesSinceOutput',
    ...change,
    changeType: changeTypes.indexOf(change.changeType) + 1,
  }));
  return json(200, changes);
}

function typeNamed(name: string): EntityType {
  const type = entityTypes.find(one => one.toLowerCase() === name.trim().toLowerCase());
  if (!type) throw new Refusal(400, `Unknown type: ${name}`);
  return type;
}
