import { createHash } from 'node:crypto';
import type { AppObject } from '../qrs/apps/objects.ts';
import type { App } from '../qrs/entities.ts';
import type { Site } from '../sites/site.ts';
import { unstamped } from './stamp.ts';

/** The script and the load model are objects of these types (docs/qrs.md 4.8). */
const SCRIPT = 'app_appscript';
const LOAD_MODEL = 'loadmodel';
/** Characters of a digest in a stamp. */
const LETTERS = 16;

/**
 * The digest of an export's content: a version is its content, not its date, which a tag changes too. Undefined where
 * the site does not show the script among the objects: then the date decides. `data`: whether the data travel. Pure.
 */
export function sourceDigest(app: App, objects: readonly AppObject[], data: boolean): string | undefined {
  if (!showsScript(objects)) return undefined;
  const { name, thumbnail, dynamicColor, fileSize, lastReloadTime } = app;
  const head = [name, unstamped(app.description), thumbnail ?? '', dynamicColor ?? ''];
  const loaded = data ? [fileSize ?? 0, lastReloadTime] : [];
  const carried = app.published ? objects.filter(isPublic) : objects;
  return digestOf([...head, ...loaded, ...rowsOf(carried)]);
}

/**
 * The digest of what users of a published app see: the approved objects and the script, not the data. Undefined where
 * the site does not show the script, or has no content hashes: an object's date is no evidence, because writing the
 * stamp changes it. Pure.
 */
export function shownDigest(app: Pick<App, 'published'>, objects: readonly AppObject[]): string | undefined {
  const shown = app.published ? objects.filter(isPublic) : objects;
  return showsScript(shown) && shown.every(({ contentHash }) => contentHash)
    ? digestOf(rowsOf(shown))
    : undefined;
}

/**
 * Whether a live app shows the content of an unpublished one; undefined where the site does not show the script or has
 * no content hashes, or where not one object has the hash of the other app: then the site makes hashes anew with each
 * copy (docs/qrs.md 9), as no two versions differ in every object. Pure.
 */
export function showsContentOf(
  live: Pick<App, 'published'>,
  objects: readonly AppObject[],
  given: readonly AppObject[],
): boolean | undefined {
  const shown = live.published ? objects.filter(isPublic) : objects;
  const [here, there] = [hashesIn(shown), hashesIn(given)];
  if (!here || !there) return undefined;
  const alike = [...here].filter(([key, hash]) => there.get(key) === hash).length;
  if (alike === here.size && alike === there.size) return true;
  const isAnew =
    alike === 0 && here.size === there.size && here.size > 1 && [...here.keys()].every(key => there.has(key));
  return isAnew ? undefined : false;
}

/** The hashes by object; undefined where they are no evidence. */
function hashesIn(objects: readonly AppObject[]): Map<string, string> | undefined {
  if (!showsScript(objects)) return undefined;
  const hashes = objects.map(({ engineObjectId, objectType, contentHash }): [string, string] => [
    JSON.stringify([engineObjectId, objectType]),
    contentHash ?? '',
  ]);
  return hashes.every(([, hash]) => hash !== '') ? new Map(hashes) : undefined;
}

/** Whether the site shows this user the app's script, and therefore most likely all of its objects. Pure. */
export function showsScript(objects: readonly AppObject[]): boolean {
  return objects.some(isScript);
}

export function isScript({ objectType }: AppObject): boolean {
  return objectType.toLowerCase() === SCRIPT;
}

export function isLoadModel({ objectType }: AppObject): boolean {
  return objectType.toLowerCase() === LOAD_MODEL;
}

/** Whether all users of a published app see the object; other objects belong to single users. Pure. */
export function isPublic(object: AppObject): boolean {
  return object.approved || isScript(object) || isLoadModel(object);
}

/** Eight characters for a site's address; renaming the site's key does not change them. Pure. */
export function addressDigest(site: Site): string {
  return digestOf(addressOf(site)).slice(0, 8);
}

/** Whether two sites have the same address. Pure. */
export function sameAddress(one: Site, other: Site): boolean {
  return one === other || addressKey(one) === addressKey(other);
}

/** The same text for sites with the same address, for comparison. Pure. */
export function addressKey(site: Site): string {
  return addressOf(site).join('');
}

function addressOf({ url }: Site): [host: string, path: string] {
  const { host, pathname } = new URL(url);
  return [host, pathname.replace(/\/$/, '').toLowerCase()];
}

function rowsOf(objects: readonly AppObject[]): string[] {
  return objects
    .map(({ engineObjectId, objectType, contentHash, modifiedDate }) =>
      JSON.stringify([engineObjectId, objectType, contentHash || modifiedDate]),
    )
    .sort();
}

function digestOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, LETTERS);
}
