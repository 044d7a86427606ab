import { DESCRIPTION_LIMIT } from '../qrs/entities.ts';

/** Where a promoted app came from, as its description on the target says. */
export interface Origin {
  site: string;
  /** The source app's id. */
  app: string;
  /** The source app's modifiedDate when it was read: which version this is. */
  modified: string;
  /** Whether it came with its data. */
  data: boolean;
}

/** What a stamp says: also whether a reload that was to follow has not succeeded yet. */
export interface Stamp extends Origin {
  pending: boolean;
}

const MARK = '[qrs-action]';
const PENDING = ', not yet reloaded';
const LINE =
  /^\[qrs-action\] from "(?<site>.*)" app (?<app>[0-9a-f-]{36}) of (?<modified>[^\s,]+)(?<dropped> without data)?(?:, run (?<run>\S+))?(?<pending>, not yet reloaded)?$/;

/**
 * The author's text with one line that says where the app came from, in the place of an earlier such line.
 * A text too long for QRS with that line is shortened at its end, marked by an ellipsis.
 */
export function stamp(description: string, origin: Origin, run: string, pending = false): string {
  const site = origin.site.replaceAll('"', "'");
  const data = origin.data ? '' : ' without data';
  const when = `${run ? `, run ${run}` : ''}${pending ? PENDING : ''}`;
  const line = `${MARK} from "${site}" app ${origin.app} of ${origin.modified}${data}${when}`;
  const text = unstamped(description);
  const room = DESCRIPTION_LIMIT - line.length - 1;
  const kept = text.length > room ? `${shorten(text, room - 1)}…` : text;
  return kept === '' ? line : `${kept}\n${line}`;
}

/** The description once the reload that was to follow has succeeded. */
export function reloaded(description: string): string {
  return description
    .split('\n')
    .map(line => (LINE.test(line.trim()) && line.endsWith(PENDING) ? line.slice(0, -PENDING.length) : line))
    .join('\n');
}

/** The author's text alone. */
function unstamped(description: string): string {
  return description
    .split('\n')
    .filter(line => !LINE.test(line.trim()))
    .join('\n')
    .trimEnd();
}

/** What the stamp says; undefined where there is none. */
export function readStamp(description: string): Stamp | undefined {
  for (const line of description.split('\n')) {
    const found = LINE.exec(line.trim())?.groups;
    if (found?.site !== undefined && found.app && found.modified) {
      const { site, app, modified } = found;
      return { site, app, modified, data: found.dropped === undefined, pending: found.pending !== undefined };
    }
  }
  return undefined;
}

export function sameOrigin(one: Origin | undefined, other: Origin): boolean {
  return (
    one !== undefined &&
    one.site.toLowerCase() === other.site.replaceAll('"', "'").toLowerCase() &&
    one.app === other.app &&
    one.modified === other.modified &&
    one.data === other.data
  );
}

/** At most `length` UTF-16 units, no character cut in two. */
function shorten(text: string, length: number): string {
  return text
    .slice(0, length)
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
