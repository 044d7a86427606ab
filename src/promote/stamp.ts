import { DESCRIPTION_LIMIT } from '../qrs/entities.ts';

/** The origin of a promoted app, as its description on the target states it. */
export interface Origin {
  /** The source site's key. */
  site: string;
  /** The source site's other names, which an older stamp may have. */
  names?: readonly string[];
  /** Eight characters of a digest of the site's address (version.ts); renaming the site's key does not change it. */
  at?: string;
  /** The source app's id. */
  app: string;
  /** The source app's modifiedDate when it was read. */
  modified: string;
  /** The digest of its content (version.ts); undefined where the source site does not show it. */
  digest?: string | undefined;
  /** Whether its data came along. */
  data: boolean;
}

/** The content of a stamp. */
export interface Stamp extends Origin {
  /** The digest of the live app's content (version.ts). */
  shown?: string | undefined;
  /** The reload after the promotion has not succeeded yet. */
  pending: boolean;
}

const MARK = '[qrs-action]';
const PENDING = ', not yet reloaded';
/** The longest line of a stamp, characters. */
const LONGEST_KEY = 100;
const LINE =
  /^\[qrs-action\] from "(?<site>.*)" app (?<app>[0-9a-f-]{36}) of (?<modified>[^\s,]+)(?: \((?<digest>[0-9a-f]{16})\))?(?<dropped> without data)?(?:, site (?<at>[0-9a-f]{8}))?(?:, shows (?<shown>[0-9a-f]{16}))?(?:, run \S+?(?:, by [^,]+?)?)?(?<pending>, not yet reloaded)?$/;

/**
 * The author's text with one line that states the app's origin, instead of an earlier such line. Where QRS would refuse
 * the length, the author's text is cut at its end and marked by an ellipsis.
 */
export function stamp(description: string, said: Origin & Partial<Stamp>, credit: string): string {
  const line = lineOf(said, credit);
  const text = unstamped(description);
  const room = DESCRIPTION_LIMIT - line.length - 1;
  const kept = text.length > room ? `${shorten(text, room - 1)}…` : text;
  return kept === '' ? line : `${kept}\n${line}`;
}

function lineOf(said: Origin & Partial<Stamp>, credit: string): string {
  const { at, app, modified, digest, data, shown, pending } = said;
  const site = shorten(said.site.replaceAll('"', "'"), LONGEST_KEY);
  return [
    `${MARK} from "${site}" app ${app} of ${modified}`,
    digest === undefined ? '' : ` (${digest})`,
    data ? '' : ' without data',
    at === undefined ? '' : `, site ${at}`,
    shown === undefined ? '' : `, shows ${shown}`,
    credit === '' ? '' : `, ${credit}`,
    pending ? PENDING : '',
  ].join('');
}

/** The description after the reload has succeeded. */
export function reloaded(description: string): string {
  return description
    .split('\n')
    .map(line => (LINE.test(line.trim()) && line.endsWith(PENDING) ? line.slice(0, -PENDING.length) : line))
    .join('\n');
}

/** The author's text alone. */
export function unstamped(description: string): string {
  return description
    .split('\n')
    .filter(line => !LINE.test(line.trim()))
    .join('\n')
    .trimEnd();
}

/** Reads the stamp; undefined where there is none. */
export function readStamp(description: string): Stamp | undefined {
  for (const line of description.split('\n')) {
    const found = LINE.exec(line.trim())?.groups;
    if (found?.site !== undefined && found.app && found.modified) {
      const { site, at, app, modified, digest, shown } = found;
      const some = { ...(at ? { at } : {}), ...(digest ? { digest } : {}), ...(shown ? { shown } : {}) };
      const data = found.dropped === undefined;
      return { site, app, modified, ...some, data, pending: found.pending !== undefined };
    }
  }
  return undefined;
}

/**
 * Compares the version of a stamp with an origin: the `same` version, an `older` or `newer` one of the same source app,
 * or `other`: another app, or no stamp. Pure.
 */
export function relation(one: Stamp | undefined, origin: Origin): 'same' | 'older' | 'newer' | 'other' {
  if (!one || !sameSource(one, origin)) return 'other';
  if (sameOrigin(one, origin)) return 'same';
  // The same version with and without data: neither is older, so the one that the run brings now counts.
  return Date.parse(one.modified) > Date.parse(origin.modified) ? 'newer' : 'older';
}

/** Whether a stamp names this version: by its content, or by an unchanged date. */
export function sameOrigin(one: Origin | undefined, other: Origin): boolean {
  return (
    one !== undefined &&
    sameSource(one, other) &&
    one.data === other.data &&
    (one.modified === other.modified || (one.digest !== undefined && one.digest === other.digest))
  );
}

/** A clone of a site has apps with the same ids, so the site is compared, too. */
export function sameSource(one: Origin, other: Origin): boolean {
  if (one.app !== other.app) return false;
  if (one.at !== undefined && one.at === other.at) return true;
  return [other.site, ...(other.names ?? [])].some(
    name => name === one.site || keyOf(name) === keyOf(one.site),
  );
}

function keyOf(site: string): string {
  return shorten(site.replaceAll('"', "'"), LONGEST_KEY).toLowerCase();
}

/** At most `length` UTF-16 units, without splitting a character. */
function shorten(text: string, length: number): string {
  return text
    .slice(0, Math.max(0, length))
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd();
}

/** Marks the owner's copy of an app that is being unpublished, as long as the app is there too. */
export function markCopy(description: string, app: string): string {
  const line = `${MARK} copy of ${app}`;
  return description === '' ? line : `${shorten(description, DESCRIPTION_LIMIT - line.length - 1)}\n${line}`;
}

export function isMarkedCopy(description: string, app: string): boolean {
  return description.split('\n').some(line => line.trim() === `${MARK} copy of ${app}`);
}
