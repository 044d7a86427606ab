import { about, describeEnums, localNode, nodes } from '../verbs/about.ts';
import { type Answer, json, Refusal } from '../verbs/answers.ts';
import { copyApp, publish, replace, upload } from '../verbs/apps.ts';
import { type Call, decode } from '../verbs/call.ts';
import {
  createDefinition,
  createStream,
  createTag,
  updateDefinition,
  updateStream,
  updateTag,
} from '../verbs/catalogue.ts';
import { changesSince } from '../verbs/changes-since.ts';
import { createConnection, updateConnection } from '../verbs/data-connections.ts';
import { cancelExport, download, exportApp } from '../verbs/export.ts';
import { needing, previewCreate } from '../verbs/needing.ts';
import { replaceByUpload } from '../verbs/replace-by-upload.ts';
import { subscribe, unsubscribe } from '../verbs/subscribe.ts';
import { standing, updateApp, updateObject } from '../verbs/update.ts';
import { createUser, updateUser } from '../verbs/users.ts';
import type { Route } from './route.ts';
import { pathOf, readsAndDelete, route } from './route.ts';
import { selectionRoutes } from './selection-routes.ts';
import { taskRoutes } from './task-routes.ts';

/** All routes of the site (docs/qrs.md 4 to 7); the first match wins. */
export const routes: readonly Route[] = [
  route('GET', '/qrs/about', about),
  route('GET', '/qrs/about/api/enums', describeEnums),
  route('GET', '/qrs/about/api/description', describeApi),
  route('GET', '/qrs/servernodeconfiguration/full', nodes),
  route('GET', '/qrs/servernodeconfiguration/local', localNode),

  ...readsAndDelete('App.Object'),
  route('PUT', '/qrs/app/object/{id}', updateObject),
  route('PUT', '/qrs/app/object/{id}/publish', standing({ published: true }, 200)),
  route('PUT', '/qrs/app/object/{id}/unpublish', standing({ published: false, approved: false }, 200)),
  route('POST', '/qrs/app/object/{id}/approve', standing({ published: true, approved: true }, 201)),
  route('POST', '/qrs/app/object/{id}/unapprove', standing({ approved: false }, 201)),

  ...readsAndDelete('App'),
  route('PUT', '/qrs/app/{id}', needing('App', 'update', updateApp)),
  { ...route('POST', '/qrs/app/upload', needing('App', 'create', upload)), streamed: true },
  {
    ...route(
      'POST',
      '/qrs/app/upload/replace',
      needing('App', 'update', needing('Stream', 'publish', replaceByUpload)),
    ),
    streamed: true,
  },
  route('POST', '/qrs/app/{id}/copy', needing('App', 'create', needing('App', 'duplicate', copyApp))),
  route('POST', '/qrs/app/{id}/export/{token}', needing('App', 'export', exportApp)),
  route('DELETE', '/qrs/app/{id}/export/{token}', cancelExport),
  route('GET', '/tempcontent/{guid}/{file}', download),
  route('PUT', '/qrs/app/{id}/publish', needing('App', 'publish', needing('Stream', 'publish', publish))),
  route('PUT', '/qrs/app/{id}/replace', needing('App', 'update', needing('Stream', 'publish', replace))),

  ...readsAndDelete('Stream'),
  route('POST', '/qrs/stream', needing('Stream', 'create', createStream)),
  route('PUT', '/qrs/stream/{id}', updateStream),

  ...(['App', 'Stream', 'Tag', 'ReloadTask'] as const).map(type =>
    route('POST', `${pathOf(type)}/previewcreateprivilege`, previewCreate(type)),
  ),

  ...readsAndDelete('Tag'),
  route('POST', '/qrs/tag', needing('Tag', 'create', createTag)),
  route('PUT', '/qrs/tag/{id}', updateTag),

  ...readsAndDelete('CustomPropertyDefinition'),
  route('POST', '/qrs/custompropertydefinition', createDefinition),
  route('PUT', '/qrs/custompropertydefinition/{id}', updateDefinition),

  ...readsAndDelete('User'),
  route('POST', '/qrs/user', needing('User', 'create', createUser)),
  route('PUT', '/qrs/user/{id}', needing('User', 'update', updateUser)),

  ...readsAndDelete('DataConnection'),
  route('POST', '/qrs/dataconnection', needing('DataConnection', 'create', createConnection)),
  route('PUT', '/qrs/dataconnection/{id}', needing('DataConnection', 'update', updateConnection)),

  ...readsAndDelete('Extension'),

  ...taskRoutes,
  ...selectionRoutes,

  route('POST', '/qrs/notification', subscribe),
  route('DELETE', '/qrs/notification', unsubscribe),
  route('GET', '/qrs/notification/changes', changesSince),
];

/** Every call that the site knows, as `GET     /qrs/about` (docs/qrs.md 1). */
function describeApi({ site }: Call): Answer {
  if (!site.switches.describesApi) throw new Refusal(403, 'Forbidden');
  const { uploadReplace } = site.switches;
  const known = routes.filter(
    ({ pattern }) => uploadReplace === 'known' || !pattern.endsWith('/upload/replace'),
  );
  return json(
    200,
    known.map(({ method, pattern }) => `${method.padEnd(7)} ${pattern}`),
  );
}

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
