import { condensed, full } from '../shown/render.ts';
import { anyTaskCondensed, anyTaskFull } from '../shown/render-tasks.ts';
import { anyTriggerCondensed, anyTriggerFull } from '../shown/render-triggers.ts';
import { deleteTask } from '../verbs/edit-tasks.ts';
import { countOf, listOf } from '../verbs/lists.ts';
import { needing } from '../verbs/needing.ts';
import { remove } from '../verbs/remove.ts';
import {
  createSelection,
  deleteSelected,
  deleteSelection,
  readSelection,
  selectAll,
  selected,
} from '../verbs/selections.ts';
import type { Route } from './route.ts';
import { pathOf, route } from './route.ts';

const of = '/qrs/selection/{selection}';
const below = (type: Parameters<typeof pathOf>[0]) => pathOf(type).slice('/qrs/'.length);

const removable = [
  'App',
  'App.Object',
  'Stream',
  'Tag',
  'CustomPropertyDefinition',
  'User',
  'SchemaEvent',
  'CompositeEvent',
  'DataConnection',
  'Extension',
] as const;
const tasks = ['ReloadTask', 'ExternalProgramTask'] as const;
const executions = ['ExecutionSession', 'ExecutionResult'] as const;

/** Selections (docs/qrs.md 4.6). */
export const selectionRoutes: readonly Route[] = [
  route('POST', '/qrs/selection', createSelection),
  route('GET', of, readSelection),
  route('DELETE', of, deleteSelection),
  ...[...removable, ...tasks, ...executions].flatMap(type => [
    route('POST', `/qrs/selection/${below(type)}`, selectAll(type)),
    route('GET', `${of}/${below(type)}`, listOf(type, condensed, selected)),
    route('GET', `${of}/${below(type)}/full`, listOf(type, full, selected)),
    route('GET', `${of}/${below(type)}/count`, countOf(type, selected)),
  ]),
  ...removable.map(type =>
    route('DELETE', `${of}/${below(type)}`, needing(type, 'delete', deleteSelected(type, remove(type)))),
  ),
  ...tasks.map(kind => route('DELETE', `${of}/${below(kind)}`, deleteSelected(kind, deleteTask(kind)))),
  route('GET', `${of}/task`, listOf('Task', anyTaskCondensed, selected)),
  route('GET', `${of}/task/full`, listOf('Task', anyTaskFull, selected)),
  route('GET', `${of}/event`, listOf('Event', anyTriggerCondensed, selected)),
  route('GET', `${of}/event/full`, listOf('Event', anyTriggerFull, selected)),
];
