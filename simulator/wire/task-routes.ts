import { anyTaskCondensed, anyTaskFull } from '../shown/render-tasks.ts';
import { anyTriggerCondensed, anyTriggerFull } from '../shown/render-triggers.ts';
import { changeTask, createTask, deleteTask, postTask, putTask } from '../verbs/edit-tasks.ts';
import { listOf } from '../verbs/lists.ts';
import { needing } from '../verbs/needing.ts';
import { downloadLog, logTicket } from '../verbs/script-log.ts';
import { table } from '../verbs/tables.ts';
import { reloadApp, startTasks, startUnwatched, startWatched, stopTask, stopTasks } from '../verbs/tasks.ts';
import { createTrigger, updateTrigger } from '../verbs/triggers.ts';
import type { Route } from './route.ts';
import { pathOf, reads, readsAndDelete, route } from './route.ts';

/** Tasks, their triggers, executions and script logs (docs/qrs.md 5, 6). */
export const taskRoutes: readonly Route[] = [
  route('GET', '/qrs/task', listOf('Task', anyTaskCondensed)),
  route('GET', '/qrs/task/full', listOf('Task', anyTaskFull)),
  route('POST', '/qrs/task/table', table('Task')),
  route('POST', '/qrs/task/start', startUnwatched),
  route('POST', '/qrs/task/start/many', startTasks),
  route('POST', '/qrs/task/start/synchronous', needing('Task', 'update', startWatched)),
  route('POST', '/qrs/task/{id}/start', startUnwatched),
  route('POST', '/qrs/task/{id}/start/synchronous', needing('Task', 'update', startWatched)),
  route('POST', '/qrs/task/stop/many', stopTasks),
  route('POST', '/qrs/task/{id}/stop', stopTask),
  route('POST', '/qrs/app/{id}/reload', reloadApp),
  ...(['ReloadTask', 'ExternalProgramTask'] as const).flatMap(kind => [
    ...reads(kind),
    route('POST', pathOf(kind), needing(kind, 'create', postTask(kind))),
    route('POST', `${pathOf(kind)}/create`, needing(kind, 'create', createTask(kind))),
    route('POST', `${pathOf(kind)}/update`, changeTask(kind)),
    route('PUT', `${pathOf(kind)}/{id}`, putTask(kind)),
    route('DELETE', `${pathOf(kind)}/{id}`, deleteTask(kind)),
  ]),
  route('GET', '/qrs/reloadtask/{id}/scriptlog', logTicket('old')),
  route('GET', '/qrs/reloadtask/{id}/scriptlogfile', logTicket('new')),
  route('GET', '/qrs/download/reloadtask/{ticket}/{file}', downloadLog),
  route('GET', '/qrs/event', listOf('Event', anyTriggerCondensed)),
  route('GET', '/qrs/event/full', listOf('Event', anyTriggerFull)),
  ...(['SchemaEvent', 'CompositeEvent'] as const).flatMap(kind => [
    ...readsAndDelete(kind),
    route('POST', pathOf(kind), needing(kind, 'create', createTrigger(kind))),
    route('PUT', `${pathOf(kind)}/{id}`, needing(kind, 'update', updateTrigger(kind))),
  ]),
  ...reads('ExecutionSession'),
  ...reads('ExecutionResult'),
];
