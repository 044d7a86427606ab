import { randomUUID } from 'node:crypto';
import type { ExecutionResult, ReloadTask } from '../site/entities.ts';
import type { StatusName } from '../site/enums.ts';
import type { Site } from '../site/site.ts';
import type { Answer } from './answers.ts';
import { Refusal, scalar } from './answers.ts';
import type { Call } from './call.ts';
import { found, idOf, readGuid } from './call.ts';

const written: readonly StatusName[] = ['Aborted', 'FinishedSuccess', 'FinishedFail'];

const endings: Partial<Record<StatusName, string[]>> = {
  FinishedSuccess: ['Search index creation started.', 'Search index creation completed.'],
  FinishedFail: [
    'Error: Connector reply error: the source cannot be reached',
    'General Script Error',
    'Execution Failed',
  ],
  Aborted: ['Execution was aborted by the user.'],
};

/** Gives the result a script log, unless its script never ran. */
export function writeLog(task: ReloadTask, result: ExecutionResult, status: StatusName, log?: string) {
  if (log === undefined && !written.includes(status)) return;
  const last = log?.split(/\r?\n/) ?? [...(endings[status] ?? []), 'Execution finished.'];
  const lines = [
    'Execution started.',
    `${task.isPartialReload ? 'Partial reload' : 'Reload'} of ${task.app.name} on ${result.executingNodeName}`,
    "0001 SET ThousandSep=','",
    "0002 SET DecimalSep='.'",
    '0003 Sales:',
    '0004 LOAD * FROM [lib://Data/sales.qvd] (qvd)',
    '     4 fields found: Date, Region, Product, Amount, ',
    ...last,
  ];
  const times = lines.map((_, index) => result.began + (result.duration * index) / (lines.length - 1));
  result.scriptLog = lines.map((line, index) => `${stamp(times[index] ?? 0)}      ${line}\r\n`).join('');
  result.fileReferenceID = randomUUID();
  const file = `${task.app.id}.${stamp(result.began).replace('+0000', 'Z')}.log`;
  result.scriptLogLocation = `${result.executingNodeName}\\Script\\${file}`;
}

/** As in `20260105T060000.000+0000`. */
const stamp = (time: number) => new Date(time).toISOString().replaceAll(/[-:]/g, '').replace('Z', '+0000');

/** The old call goes by the file, the new one by the result; a site may know only one (docs/qrs.md 6). */
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

/** The text, once for each ticket; one that came too early may be used again. */
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
