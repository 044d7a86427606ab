import * as z from 'zod';
import { RemoteError } from '../base/errors.ts';
import { formatBytes } from '../base/units.ts';
import { redactionOf } from '../sites/secrets.ts';
import type { Qrs } from './connection.ts';
import type { Download } from './download.ts';
import type { Result } from './execution-results.ts';
import { unusable } from './shape.ts';

/** The most bytes of a script log; a larger one is not saved. */
const MOST = 100_000_000;
const ticketSchema = z.union([
  z.string(),
  z.looseObject({ value: z.string() }).transform(({ value }) => value),
]);

/**
 * Opens the script log of a reload (docs/qrs.md 6): by the new call, and by the old one where a site lacks the new one.
 * Throws RemoteError while QRS has no log yet, and also where it never will: the caller decides how long to wait.
 */
export async function openScriptLog(
  qrs: Qrs,
  task: { id: string; name: string },
  result: Pick<Result, 'id' | 'fileReferenceID'>,
): Promise<Download> {
  const attempt = `give the script log of task "${task.name}"`;
  const ticket = await newTicket(qrs, task, result, attempt);
  const path = `/qrs/download/reloadtask/${encodeURIComponent(ticket)}/script.log`;
  const unread = new AbortController();
  const ending = qrs.under(AbortSignal.any([qrs.signal, unread.signal]));
  const log = await ending.download({ method: 'GET', path, attempt }, MOST);
  if ((log.length ?? 0) > MOST) {
    // Frees the connection: a generator that has not begun does nothing at its end.
    unread.abort();
    throw unusable(qrs.site.name, attempt, `it is larger than ${formatBytes(MOST)}`, true);
  }
  return { ...log, content: redactionOf(qrs.site.credentials).stream(log.content) };
}

async function newTicket(
  qrs: Qrs,
  task: { id: string },
  result: Pick<Result, 'id' | 'fileReferenceID'>,
  attempt: string,
): Promise<string> {
  const path = `/qrs/reloadtask/${task.id}`;
  const reference = result.fileReferenceID;
  try {
    const query = { executionresultid: result.id };
    return await qrs.json(ticketSchema, { method: 'GET', path: `${path}/scriptlogfile`, query, attempt });
  } catch (error) {
    // A site without the call and one whose log is late both say 404: decide by status, never by text.
    if (!(error instanceof RemoteError && error.final) || reference === undefined) throw error;
  }
  const query = { filereferenceid: reference };
  return qrs.json(ticketSchema, { method: 'GET', path: `${path}/scriptlog`, query, attempt });
}
