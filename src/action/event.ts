import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { InputError, messageOf } from '../base/errors.ts';
import type { EventApp } from '../promote/event-app.ts';

const withId = z.looseObject({ id: z.guid() });
const dispatch = z.looseObject({
  client_payload: z
    .looseObject({
      site: z.string().optional(),
      entity: z.string().optional(),
      object: z.looseObject({ id: z.guid(), app: withId.nullish() }),
    })
    .optional(),
});

/**
 * The app that a `repository_dispatch` event names, directly or by its execution result. Whoever may dispatch writes
 * the payload, so its id must be a GUID before it becomes part of a URL. Undefined for other events; throws InputError
 * for a payload that names something else.
 */
export function readEvent(name: string | undefined, path: string | undefined): EventApp | undefined {
  if (name !== 'repository_dispatch' || !path) return undefined;
  let event: unknown;
  try {
    event = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new InputError(`The event file cannot be read: ${messageOf(error)}.`);
  }
  const result = dispatch.safeParse(event);
  if (!result.success) {
    throw new InputError(
      'The event does not name an app: client_payload.object.id must be an id such as ' +
        '31ee79a6-0949-4175-ba0e-1866a60e3336.',
    );
  }
  const payload = result.data.client_payload;
  return payload && { id: appId(payload).toLowerCase(), site: payload.site };
}

type Payload = NonNullable<z.infer<typeof dispatch>['client_payload']>;

function appId({ entity = 'App', object }: Payload): string {
  if (entity.toLowerCase() === 'app') return object.id;
  if (entity.toLowerCase() === 'executionresult' && object.app) return object.app.id;
  throw new InputError(
    'The event names no app: client_payload.entity must be App, or ExecutionResult with the app in object.app.',
  );
}
