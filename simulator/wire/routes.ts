import { condensed, full } from '../shown/render.ts';
import { anyTaskCondensed, anyTaskFull } from '../shown/render-tasks.ts';
import type { EntityType } from '../site/entities.ts';
import type { Answer } from '../verbs/answers.ts';
import { json } from '../verbs/answers.ts';
import { copyApp, publish, replace, upload } from '../verbs/apps.ts';
import type { Call } from '../verbs/call.ts';
import { decode } from '../verbs/call.ts';
import {
  createDefinition,
  createStream,
  createTag,
  updateDefinition,
  updateStream,
  updateTag,
} from '../verbs/catalogue.ts';
import { changesSince } from '../verbs/changes-since.ts';
import { cancelExport, download, exportApp } from '../verbs/export.ts';
import { countOf, listOf, one } from '../verbs/lists.ts';
import { needing, previewCreate } from '../verbs/needing.ts';
import { remove } from '../verbs/remove.ts';
import { downloadLog, logTicket } from '../verbs/script-log.ts';
import { subscribe, unsubscribe } from '../verbs/subscribe.ts';
import {
  changeTask,
  createTask,
  deleteTask,
  putTask,
  reloadApp,
  startUnwatched,
  startWatched,
  stopTask,
  stopTasks,
} from '../verbs/tasks.ts';
import { standing, updateApp, updateObject } from '../verbs/update.ts';

type Handler = (call: Call) => Answer | Promise<Answer>;

interface Route {
  readonly method: string;
  readonly pattern: string;
  readonly handler: Handler;
  /** The handler reads the body itself, as it arrives. */
  readonly streamed?: true;
}

const route = (method: string, pattern: string, handler: Handler): Route => ({ method, pattern, handler });

const about = () =>
  json(200, {
    buildVersion: '38.22.0.0',
    buildDate: '5/14/2024 12:43:37 PM',
    databaseProvider: 'Devart.Data.PostgreSql',
    nodeType: 1,
    sharedPersistence: true,
    requiresBootstrap: false,
    singleNodeOnly: false,
    schemaPath: 'About',
  });

/** The site has one node. */
const nodes = ({ site }: Call) =>
  json(200, [
    {
      id: site.nodeId,
      name: 'Central',
      hostName: `qlik-${site.name}.company.com`,
      isCentral: true,
      nodePurpose: 2,
      schemaPath: 'ServerNodeConfiguration',
    },
  ]);

const pathOf = (type: EntityType) => `/qrs/${type.toLowerCase().replace('.', '/')}`;

const reads = (type: EntityType): Route[] => {
  const path = pathOf(type);
  return [
    route('GET', path, listOf(type, condensed)),
    route('GET', `${path}/full`, listOf(type, full)),
    route('GET', `${path}/count`, countOf(type)),
    route('GET', `${path}/{id}`, one(type)),
  ];
};

const everyType = (type: EntityType): Route[] => [
  ...reads(type),
  route('DELETE', `${pathOf(type)}/{id}`, needing(type, 'delete', remove(type))),
];

/** All routes of the site (docs/qrs.md 4 to 7); the first match wins. */
const routes: readonly Route[] = [
  route('GET', '/qrs/about', about),
  route('GET', '/qrs/servernodeconfiguration/full', nodes),

  ...everyType('App.Object'),
  route('PUT', '/qrs/app/object/{id}', updateObject),
  route('PUT', '/qrs/app/object/{id}/publish', standing({ published: true }, 200)),
  route('PUT', '/qrs/app/object/{id}/unpublish', standing({ published: false, approved: false }, 200)),
  route('POST', '/qrs/app/object/{id}/approve', standing({ published: true, approved: true }, 201)),
  route('POST', '/qrs/app/object/{id}/unapprove', standing({ approved: false }, 201)),

  ...everyType('App'),
  route('PUT', '/qrs/app/{id}', needing('App', 'update', updateApp)),
  { ...route('POST', '/qrs/app/upload', needing('App', 'create', upload)), streamed: true },
  route('POST', '/qrs/app/{id}/copy', needing('App', 'create', needing('App', 'duplicate', copyApp))),
  route('POST', '/qrs/app/{id}/export/{token}', needing('App', 'export', exportApp)),
  route('DELETE', '/qrs/app/{id}/export/{token}', cancelExport),
  route('GET', '/tempcontent/{guid}/{file}', download),
  route('PUT', '/qrs/app/{id}/publish', needing('App', 'publish', needing('Stream', 'publish', publish))),
  route('PUT', '/qrs/app/{id}/replace', needing('App', 'update', needing('Stream', 'publish', replace))),

  ...everyType('Stream'),
  route('POST', '/qrs/stream', needing('Stream', 'create', createStream)),
  route('PUT', '/qrs/stream/{id}', updateStream),

  ...(['App', 'Stream', 'Tag', 'ReloadTask'] as const).map(type =>
    route('POST', `${pathOf(type)}/previewcreateprivilege`, previewCreate(type)),
  ),

  ...everyType('Tag'),
  route('POST', '/qrs/tag', needing('Tag', 'create', createTag)),
  route('PUT', '/qrs/tag/{id}', updateTag),

  ...everyType('CustomPropertyDefinition'),
  route('POST', '/qrs/custompropertydefinition', createDefinition),
  route('PUT', '/qrs/custompropertydefinition/{id}', updateDefinition),

  ...everyType('User'),

  route('GET', '/qrs/task', listOf('Task', anyTaskCondensed)),
  route('GET', '/qrs/task/full', listOf('Task', anyTaskFull)),
  route('GET', '/qrs/task/{id}', one('Task', anyTaskFull)),
  route('POST', '/qrs/task/start', startUnwatched),
  route('POST', '/qrs/task/start/synchronous', needing('Task', 'update', startWatched)),
  route('POST', '/qrs/task/{id}/start', startUnwatched),
  route('POST', '/qrs/task/{id}/start/synchronous', needing('Task', 'update', startWatched)),
  route('POST', '/qrs/task/stop/many', stopTasks),
  route('POST', '/qrs/task/{id}/stop', stopTask),
  route('POST', '/qrs/app/{id}/reload', reloadApp),
  ...reads('ReloadTask'),
  route('POST', '/qrs/reloadtask/create', needing('ReloadTask', 'create', createTask)),
  route('POST', '/qrs/reloadtask/update', changeTask),
  route('PUT', '/qrs/reloadtask/{id}', putTask),
  route('DELETE', '/qrs/reloadtask/{id}', deleteTask),
  route('GET', '/qrs/reloadtask/{id}/scriptlog', logTicket('old')),
  route('GET', '/qrs/reloadtask/{id}/scriptlogfile', logTicket('new')),
  route('GET', '/qrs/download/reloadtask/{ticket}/{file}', downloadLog),
  ...reads('ExternalProgramTask'),
  ...reads('ExecutionSession'),
  ...reads('ExecutionResult'),

  route('POST', '/qrs/notification', subscribe),
  route('DELETE', '/qrs/notification', unsubscribe),
  route('GET', '/qrs/notification/changes', changesSince),
];

/** The handler of a path, and the path's variable segments; paths are case-insensitive (docs/qrs.md 1). */
export function findRoute(method: string, path: string) {
  for (const { method: own, pattern, handler, streamed = false } of routes) {
    const segments = own === method ? fit(pattern, path) : undefined;
    if (segments) return { handler, segments, streamed };
  }
  return undefined;
}

function fit(pattern: string, path: string): Map<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const segments = new Map<string, string>();
  for (const [index, part] of wanted.entries()) {
    const actual = given[index] ?? '';
    const variable = /^\{(.*)\}$/.exec(part)?.[1];
    if (variable === undefined ? part !== actual.toLowerCase() : actual === '') return undefined;
    if (variable !== undefined) segments.set(variable, decode(actual));
  }
  return segments;
}
