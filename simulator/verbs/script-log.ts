import { randomUUID } from 'node:crypto';
import type { ExecutionResult } from '../site/execution-result.ts';
import type { Site } from '../site/site.ts';
import type { Answer } from './answers.ts';
import { Refusal, scalar } from './answers.ts';
import type { Call } from './call.ts';
import { found, idOf, readGuid } from './call.ts';

/** The old call takes the id of the file, the new one that of the result; a site may know only one (docs/qrs.md 6). */
export const logTicket = (way: 'old' | 'new') => (call: Call) => {
  const { site, query } = call;
  if (site.switches.scriptLog !== 'both' && site.switches.scriptLog !== way)
    throw new Refusal(404, 'No matching endpoint found');
  const taskID = idOf(call);
  const parameter = way === 'old' ? 'filereferenceid' : 'executionresultid';
  const id = readGuid(query.get(parameter), parameter);
  const result = found(
    site.results.values().find(one => id === (way === 'old' ? one.fileReferenceID : one.id)),
    'script log',
  );
  if (result.taskID !== taskID || !readable(site, result, site.switches.scriptLogLate / 2))
    throw new Refusal(404, 'The script log cannot be found');
  const ticket = randomUUID();
  site.tickets.set(ticket, result);
  return scalar(200, ticket);
};

/** The text, once for each ticket. A ticket that was used too early stays valid. */
export function downloadLog(call: Call): Answer {
  const { site, segments } = call;
  const ticket = segments.get('ticket')?.toLowerCase() ?? '';
  const result = found(site.tickets.get(ticket), 'ticket');
  if (!readable(site, result, site.switches.scriptLogLate))
    throw new Refusal(404, 'The file cannot be found');
  site.tickets.delete(ticket);
  const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
  return { status: 200, headers, body: result.scriptLog };
}

const readable = ({ clock }: Site, { scriptLog, ended }: ExecutionResult, late: number) =>
  scriptLog !== '' && clock.now() >= ended + late;
