import * as z from 'zod';
import { RemoteError } from '../base/errors.ts';
import type { Qrs } from './connection.ts';
import { doubtAboutType } from './entity-types.ts';

/** The kinds of change that QRS notifies, in the order of their numbers from 1 (docs/qrs.md 7.1). */
export const CHANGES = ['add', 'update', 'delete'] as const;
export type Change = (typeof CHANGES)[number];

/** Reads a change from its number or its name, in any case; undefined for anything else. */
export function changeOf(type: number | string): Change | undefined {
  return typeof type === 'number' ? CHANGES[type - 1] : CHANGES.find(name => name === type.toLowerCase());
}

export interface WatchedChange {
  /** A type of entity, as QRS writes it: `App`, `ExecutionResult`. */
  entity: string;
  change: Change;
  /** An expression of QRS's filter language; QRS does not apply it to deletions. */
  filter: string | undefined;
  property: string | undefined;
}

/**
 * Asks QRS to call `callback` for each such change, until its service restarts, and returns the handle. It is unknown
 * whether a second request returns the same handle or makes another subscription (docs/qrs.md 9).
 */
export async function subscribe(qrs: Qrs, watch: WatchedChange, callback: string): Promise<string> {
  const attempt = `tell of changes of ${watch.entity}`;
  const doubt = doubtAboutType(watch.entity) ?? 'Is the filter right? Write text in single quotes.';
  const { value } = await qrs.json(z.looseObject({ value: z.guid() }), {
    method: 'POST',
    path: '/qrs/notification',
    query: {
      name: watch.entity,
      changetype: String(CHANGES.indexOf(watch.change) + 1),
      filter: watch.filter,
      propertyname: watch.property,
    },
    body: callback,
    attempt,
    hints: {
      400: doubt,
      403: `Has ${qrs.site.user} the rights of an administrator?`,
    },
  });
  return value;
}

/** Ends a subscription. Success if it is gone already. */
export async function unsubscribe(qrs: Qrs, handle: string): Promise<void> {
  try {
    await qrs.send({
      method: 'DELETE',
      path: '/qrs/notification',
      query: { handle },
      attempt: 'end a subscription',
    });
  } catch (error) {
    // The status for an unknown handle is unknown (docs/qrs.md 7.4).
    if (!(error instanceof RemoteError && (error.status === 404 || error.status === 400))) throw error;
  }
}
