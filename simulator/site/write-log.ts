import { randomUUID } from 'node:crypto';
import type { ReloadTask } from './entities.ts';
import type { StatusName } from './enums.ts';
import type { ExecutionResult } from './execution-result.ts';

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

/** Writes a script log into the result, unless the script never ran. */
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

/** Written like `20260105T060000.000+0000`. */
const stamp = (time: number) => new Date(time).toISOString().replaceAll(/[-:]/g, '').replace('Z', '+0000');
