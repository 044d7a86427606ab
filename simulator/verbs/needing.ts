import { z } from 'zod';
import type { ListType } from '../site/maps.ts';
import type { Action } from '../site/rights.ts';
import { may } from '../site/rights.ts';
import { json, Refusal } from './answers.ts';
import type { Call } from './call.ts';
import { readBody } from './call.ts';

/** The same handler; users without the right get 403. */
export function needing<T>(type: ListType, action: Action, handler: (call: Call) => T) {
  return (call: Call): T => {
    if (!may(call.site, call.user, type, action)) throw new Refusal(403, 'Forbidden');
    return handler(call);
  };
}

/** Answers whether the user may create such an entity; creates nothing. */
export const previewCreate = (type: ListType) => (call: Call) => {
  readBody(call, z.looseObject({}));
  return json(201, { value: may(call.site, call.user, type, 'create') });
};
