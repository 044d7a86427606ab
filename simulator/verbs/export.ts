import { randomUUID } from 'node:crypto';
import type { Scope } from '../site/app-objects.ts';
import { partsOf, scopes } from '../site/app-objects.ts';
import type { Content } from '../site/content.ts';
import { dropData, written } from '../site/content.ts';
import type { App } from '../site/entities.ts';
import type { Export, Site } from '../site/site.ts';
import type { Answer } from './answers.ts';
import { json, Refusal } from './answers.ts';
import type { Call } from './call.ts';
import { flag, found, idOf } from './call.ts';

/** The content that an export writes. No public source says whether it includes the description (docs/qrs.md 9). */
export function exported(site: Site, app: App, scope: Scope = 'approved'): Content {
  const description = site.switches.descriptionTravels ? app.description : '';
  return written(app.content, description, partsOf(site, app, scope));
}

function scopeOf({ query }: Call): Scope {
  const text = query.get('exportscope')?.toLowerCase() ?? 'approved';
  const scope = scopes.find(one => one === text);
  if (!scope) throw new Refusal(400, `Not an export scope: ${text}`);
  return scope;
}

/** The first of two calls: makes the file, which can be downloaded once (docs/qrs.md 4.1). */
export function exportApp(call: Call): Answer {
  const { site, user } = call;
  const app = found(site.apps.get(idOf(call)));
  const token = idOf(call, 'token');
  const content = exported(site, app, scopeOf(call));
  const file = randomUUID();
  const entry: Export = {
    token,
    appId: app.id,
    user,
    file,
    downloadPath: `/tempcontent/${file}/${encodeURIComponent(app.name)}.qvf?serverNodeId=${site.nodeId}`,
    content: flag(call, 'skipdata', false) ? dropData(content) : content,
  };
  site.exports.set(token, entry);
  return json(201, exportAnswer(entry, false));
}

export function cancelExport(call: Call): Answer {
  const { site } = call;
  const appId = idOf(call);
  const entry = found(site.exports.get(idOf(call, 'token')));
  if (entry.appId !== appId) throw new Refusal(404, 'The export cannot be found');
  site.exports.delete(entry.token);
  site.release(entry.content);
  return json(200, exportAnswer(entry, true));
}

const exportAnswer = ({ token, appId, downloadPath }: Export, cancelled: boolean) => ({
  exportToken: token,
  appId,
  downloadPath,
  cancelled,
  schemaPath: 'AppExportResponse',
});

/** The second of two calls: the user who exported can download the file once (docs/qrs.md 4.1). */
export function download(call: Call): Answer {
  const { site, user } = call;
  const file = idOf(call, 'guid');
  const entry = found(site.exports.values().find(other => other.file === file));
  if (entry.user !== user) throw new Refusal(403, 'Forbidden');
  site.exports.delete(entry.token);
  return {
    status: 200,
    headers: { 'Content-Type': 'application/octet-stream' },
    content: entry.content,
    afterwards: () => site.release(entry.content),
  };
}
