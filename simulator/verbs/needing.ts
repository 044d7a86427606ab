import { z } from 'zod';
import type { ListType } from '../site/maps.ts';
import type { Action } from '../site/rights.ts';
import { may } from '../site/rights.ts';
import { json, Refusal } from './answers.ts';
import type { Call } from './call.ts';
import { readBody } from './call.ts';

/** The same handler, for those who have the right to it. */
export function needing<T>(type: ListType, action: Action, handler: (call: Call) => T) {
  return (call: Call): T => {
    if (!may(call.site, call.user, type, action)) throw new Refusal(403, 'Forbidden');
    return handler(call);
  };
}

/** Whether the user may create such an entity: nothing is created. */
export const previewCreate = (type: ListType) => (call: Call) => {
  readBody(call, z.looseObject({}));
  return json(201, { value: may(call.site, call.user, type, 'create') });
};
