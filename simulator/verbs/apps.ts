import { full } from '../shown/render.ts';
import { copiedParts, giveObjects, partsOf, publishObjects, replaceObjects } from '../site/app-objects.ts';
import type { Content } from '../site/content.ts';
import { contentSize, describedAs, dropData, lastReload, partsIn } from '../site/content.ts';
import type { App, User } from '../site/entities.ts';
import { noDate } from '../site/entities.ts';
import type { Part } from '../site/made-content.ts';
import type { Site } from '../site/site.ts';
import type { Answer } from './answers.ts';
import { json, Refusal } from './answers.ts';
import type { Call } from './call.ts';
import { flag, found, idOf, readGuid } from './call.ts';
import { runningOf } from './executions.ts';
import { receive } from './receive-upload.ts';
import { change } from './update.ts';
import { uploadedFile } from './uploaded-file.ts';

function newApp(site: Site, by: User, name: string, content: Content): App {
  return {
    ...site.stored(by),
    schemaPath: 'App',
    name,
    description: '',
    owner: by,
    published: false,
    publishTime: noDate,
    stream: null,
    tags: [],
    customProperties: [],
    lastReloadTime: lastReload(content),
    fileSize: contentSize(content),
    content,
  };
}

function add(site: Site, app: App, parts: readonly Part[]) {
  site.apps.set(app.id, app);
  giveObjects(site, app, parts);
  site.added(app);
  return json(201, full(app));
}

/** An upload always makes a new, unpublished app that the caller owns, whatever its name (docs/qrs.md 4.2). */
export async function upload(call: Call): Promise<Answer> {
  const { site, user, counters, request } = call;
  const name = appName(call.query.get('name'));
  const keepData = flag(call, 'keepdata', true);
  if (call.query.has('replace')) throw new Refusal(400, 'Unknown parameter: replace');
  const file = uploadedFile(request);
  limitUploads(site);
  const received = await receive(counted(file, counters), site.newFile());
  if (!received) throw new Refusal(400, 'The file is empty');
  await call.begin();
  await imported(site);
  const app = newApp(site, user, name, keepData ? received : dropData(received));
  if (site.switches.descriptionTravels) app.description = describedAs(app.content);
  const answer = add(site, app, partsIn(received));
  settle(site, app, user);
  return answer;
}

function appName(name: string | undefined): string {
  if (!name) throw new Refusal(400, 'Missing parameter: name');
  if (name.length > 255) throw new Refusal(400, 'The name is too long');
  return name;
}

/** Importing a big file takes time. It continues even if the client has left. */
export function imported(site: Site): Promise<void> {
  const { importTakes } = site.switches;
  return new Promise(resolve => {
    if (importTakes === 0) resolve();
    else site.later(importTakes, resolve);
  });
}

/** People saw QRS refuse uploads for a while after many in a row (docs/qrs.md 8). */
export function limitUploads(site: Site) {
  const { tooManyUploads } = site.switches;
  const tooMany = tooManyUploads > 0 && site.uploads >= tooManyUploads;
  site.uploads = tooMany ? 0 : site.uploads + 1;
  if (tooMany) throw new Refusal(429, 'Too Many Requests', { 'Retry-After': '1' });
}

export async function* counted(bytes: AsyncIterable<Buffer>, counters: Call['counters']) {
  for await (const chunk of bytes) {
    counters.bytesReceived += chunk.length;
    yield chunk;
  }
}

/** An uploaded app still changes after the answer (docs/qrs.md 4.2). */
function settle(site: Site, app: App, by: User) {
  const { uploadSettles } = site.switches;
  if (uploadSettles === 0) return;
  site.later(uploadSettles, () => {
    if (site.apps.has(app.id)) site.touch(app, by);
  });
}

export function copyApp(call: Call): Answer {
  const { site, user, query } = call;
  const source = found(site.apps.get(idOf(call)));
  const copy = newApp(site, user, appName(query.get('name') ?? source.name), source.content);
  copy.lastReloadTime = source.lastReloadTime;
  if (site.switches.descriptionTravels) copy.description = source.description;
  if (site.switches.copyTags) copy.tags = [...source.tags];
  if (flag(call, 'includecustomproperties', site.switches.copyProperties)) {
    copy.customProperties = source.customProperties.map(row => ({ ...row, ...site.stored(user) }));
  }
  return add(site, copy, copiedParts(site, source, user));
}

/** Moves an unpublished app into a stream (docs/qrs.md 4.4). */
export function publish({ site, user, query, segments }: Call): Answer {
  const app = found(site.apps.get(readGuid(segments.get('id'), 'id')));
  const stream = found(site.streams.get(readGuid(query.get('stream'), 'stream')), 'stream');
  if (app.published) throw new Refusal(site.switches.publishTwice, 'The app is already published');
  const otherwise = site.switches.publishRenames ? `${app.name}(1)` : app.name;
  const given = site.switches.publishName === 'given' ? query.get('name') : undefined;
  const name = appName(given ?? otherwise);
  const publishTime = site.now();
  publishObjects(site, app, publishTime);
  change(site, app, { published: true, publishTime, stream, name }, user);
  return json(200, full(app));
}

/**
 * The target gets the source's content and keeps what it is: id, owner, stream, tags, properties (docs/qrs.md
 * 4.4).
 */
export function replace(call: Call): Answer {
  const { site, user, query } = call;
  const source = found(site.apps.get(idOf(call)));
  const target = found(site.apps.get(readGuid(query.get('app'), 'app')));
  if (source === target) throw new Refusal(400, 'An app cannot replace itself');
  refuseWhileReloading(site, target);
  const replaced = target.content;
  target.content = source.content;
  replaceObjects(site, target, partsOf(site, source, 'approved'));
  const { fileSize, lastReloadTime } = source;
  change(site, target, { fileSize, lastReloadTime, ...besideContent(site, source, target) }, user);
  site.release(replaced);
  return json(200, full(site.switches.replaceAnswers === 'source' ? source : target));
}

function besideContent({ switches }: Site, source: App, target: App) {
  const of = (whose: 'source' | 'target') => (whose === 'source' ? source : target);
  return {
    name: of(switches.replaceName).name,
    description: of(switches.replaceDescription).description,
    tags: [...of(switches.replaceTags).tags],
    customProperties: [...of(switches.replaceProperties).customProperties],
    owner: of(switches.replaceOwner).owner,
  };
}

/** No public source says what happens if an app changes during its reload (docs/qrs.md 9). */
export function refuseWhileReloading(site: Site, app: App) {
  if (site.switches.whileReloading !== 'refused' || !runningOf(site, app)) return;
  throw new Refusal(400, 'The app is being reloaded');
}
