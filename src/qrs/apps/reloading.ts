import * as z from 'zod';
import type { Qrs } from '../connection.ts';
import { allOf } from '../shape.ts';

const withId = z.looseObject({ id: z.string() }).nullish();
const sessionSchema = z.looseObject({ app: withId, reloadTask: z.looseObject({ app: withId }).nullish() });

/**
 * The ids of apps that a task is reloading: one request, because any site has few runs in progress (docs/qrs.md 5.3). A
 * reload in the data load editor has no task, and does not show.
 */
export async function appsInReload(qrs: Qrs): Promise<Set<string>> {
  const attempt = 'list the runs in progress';
  const call = { method: 'GET', path: '/qrs/executionsession/full', attempt } as const;
  const sessions = allOf(await qrs.list(sessionSchema, call), qrs, attempt);
  const ids = sessions.map(({ app, reloadTask }) => app?.id ?? reloadTask?.app?.id);
  return new Set(ids.filter(id => id !== undefined));
}
