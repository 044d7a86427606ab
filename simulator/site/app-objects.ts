import { createHash, randomUUID } from 'node:crypto';
import type { App, AppObject, User } from './entities.ts';
import { fullUserName, noDate } from './entities.ts';
import type { Saved } from './execution-result.ts';
import type { Part } from './made-content.ts';
import type { Site } from './site.ts';

/** Which objects an export of a published app writes. */
export const scopes = ['approved', 'published', 'all'] as const;
export type Scope = (typeof scopes)[number];

const scriptTypes: readonly string[] = ['app_appscript', 'loadmodel'];
const isScript = ({ objectType }: Pick<AppObject, 'objectType'>) => scriptTypes.includes(objectType);

/** Sorted, so that the same objects make the same file. */
export function objectsOf(site: Site, app: App): AppObject[] {
  return [...site.objects.of(app)].sort((one, other) => (one.engineObjectId < other.engineObjectId ? -1 : 1));
}

/** An unpublished app is exported and copied whole (docs/qrs.md 4.8). */
function isWithin({ app, approved, published }: AppObject, scope: Scope): boolean {
  if (!app.published || scope === 'all') return true;
  return scope === 'published' ? published : approved;
}

const partOf = (object: AppObject): Part => ({
  engineObjectId: object.engineObjectId,
  objectType: object.objectType,
  name: object.name,
  description: object.description,
  size: object.size,
  version: object.version,
});

export const partsOf = (site: Site, app: App, scope: Scope): Part[] =>
  objectsOf(site, app)
    .filter(object => isWithin(object, scope))
    .map(partOf);

/** The objects that a copy gets (docs/qrs.md 9). As QRS documents, the script needs the right to read it. */
export function copiedParts(site: Site, app: App, by: User): Part[] {
  const { copyObjects, copyScript } = site.switches;
  const copied = (object: AppObject) => {
    if (isScript(object) && copyScript === 'seen' && !sees(site, by, object)) return false;
    return (
      isWithin(object, copyObjects === 'all' ? 'all' : 'approved') ||
      (copyObjects === 'own' && object.owner === by)
    );
  };
  return objectsOf(site, app).filter(copied).map(partOf);
}

/** An owner sees all objects of the app; the switches decide what other users see. */
export function sees(site: Site, user: User, object: AppObject): boolean {
  const { objectsShown, objectsHiddenFrom } = site.switches;
  const name = fullUserName(user).toLowerCase();
  const hidden = objectsHiddenFrom.length === 0 || objectsHiddenFrom.some(one => one.toLowerCase() === name);
  if (!hidden || objectsShown === 'all' || object.app.owner === user) return true;
  return objectsShown === 'withoutScript' && !isScript(object);
}

/** The value of `contentHash`; `travelled` says that the object came by an upload, a copy or a replace. */
function hashOf(site: Site, version: string, travelled: boolean): string {
  const { contentHash } = site.switches;
  if (contentHash === 'none') return '';
  const anew = travelled && contentHash === 'anew' ? randomUUID() : '';
  return createHash('sha256').update(version).update(anew).digest('hex');
}

interface Standing {
  readonly owner: User;
  readonly published: boolean;
  readonly approved: boolean;
  readonly at?: string;
  readonly travelled?: boolean;
}

/** Puts an object into an app. It notifies nobody: the change of the app follows. */
export function putObject(site: Site, app: App, part: Part, standing: Standing): AppObject {
  const { owner, published, approved, at, travelled = false } = standing;
  const stored = site.stored(owner, at);
  const object: AppObject = {
    ...stored,
    schemaPath: 'App.Object',
    app,
    ...part,
    owner,
    published,
    approved,
    publishTime: published ? stored.createdDate : noDate,
    contentHash: hashOf(site, part.version, travelled),
  };
  site.objects.set(object.id, object);
  return object;
}

/** Gives a new app the objects of a file or of another app. */
export function giveObjects(site: Site, app: App, parts: readonly Part[]) {
  const standing = { owner: app.owner, published: false, approved: false, travelled: true };
  for (const part of parts) putObject(site, app, part, { ...standing, at: app.createdDate });
}

/** Publishing an app makes all its objects base objects (docs/qrs.md 4.8). */
export function publishObjects(site: Site, app: App, at: string) {
  for (const object of objectsOf(site, app))
    Object.assign(object, { published: true, approved: true, publishTime: at, modifiedDate: at });
}

/**
 * Replaces only the base objects of a published target; what users added stays (docs/qrs.md 4.4). Objects that
 * the target already had keep their ids.
 */
export function replaceObjects(site: Site, target: App, parts: readonly Part[]) {
  const { published, owner } = target;
  const replaced = objectsOf(site, target).filter(({ approved }) => approved || !published);
  const now = site.now();
  for (const part of parts) {
    const object = replaced.find(({ engineObjectId }) => engineObjectId === part.engineObjectId);
    const contentHash = hashOf(site, part.version, true);
    if (object) Object.assign(object, part, { contentHash, modifiedDate: now });
    else putObject(site, target, part, { owner, published, approved: published, at: now, travelled: true });
  }
  const kept = new Set(parts.map(({ engineObjectId }) => engineObjectId));
  for (const { id, engineObjectId } of replaced) if (!kept.has(engineObjectId)) site.objects.delete(id);
}

/** Does what a user's edit in the hub does: the object's content changes, and its app is saved. */
export function editObject(site: Site, object: AppObject, by: User) {
  object.version = randomUUID();
  object.contentHash = hashOf(site, object.version, false);
  site.touch(object, by, ['contentHash']);
  site.touch(object.app, by);
}

/** Does what a user does who adds a sheet or a story to the app; it is private at first. */
export function addObject(site: Site, app: App, name: string, by: User, objectType = 'sheet'): AppObject {
  const part = { name, objectType, description: '', size: 1000 };
  const ids = { engineObjectId: randomUUID(), version: randomUUID() };
  const object = putObject(site, app, { ...part, ...ids }, { owner: by, published: false, approved: false });
  site.added(object);
  site.touch(app, by);
  return object;
}

/** The state of the app that a reload loads if it begins now. */
export const savedNow = (site: Site, app: App): Saved => ({
  content: app.content,
  parts: partsOf(site, app, 'all'),
});

/** A reload saves the script that it loaded when it began. */
export function restoreScript(site: Site, app: App, { parts }: Saved) {
  for (const object of objectsOf(site, app)) {
    const saved = parts.find(part => isScript(part) && part.engineObjectId === object.engineObjectId);
    if (saved) Object.assign(object, saved, { contentHash: hashOf(site, saved.version, false) });
  }
}

export function removeObjects(site: Site, app: App) {
  for (const { id } of objectsOf(site, app)) site.objects.delete(id);
}
