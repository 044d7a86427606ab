import { DESCRIPTION_LIMIT } from '../qrs/entities.ts';

/** Where a promoted app came from, as its description on the target says. */
export interface Origin {
  site: string;
  /** The source app's id. */
  app: string;
  /** The source app's modifiedDate when it was read: which version this is. */
  modified: string;
}

const MARK = '[qrs-action]';
const LINE =
  /^\[qrs-action\] from "(?<site>.*)" app (?<app>[0-9a-f-]{36}) of (?<modified>\S+?)(?:, run (?<run>.+))?$/;

/**
 * The author's text with one line that says where the app came from, in the place of an earlier such line.
 * A text too long for QRS with that line is shortened at its end, marked by an ellipsis.
 */
export function stamp(description: string, origin: Origin, run: string): string {
  const site = origin.site.replaceAll('"', "'");
  const line = `${MARK} from "${site}" app ${origin.app} of ${origin.modified}${run ? `, run ${run}` : ''}`;
  const text = unstamped(description);
  const room = DESCRIPTION_LIMIT - line.length - 1;
  const kept = text.length > room ? `${shorten(text, room - 1)}…` : text;
  return kept === '' ? line : `${kept}\n${line}`;
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
export function readStamp(description: string): Origin | undefined {
  for (const line of description.split('\n')) {
    const found = LINE.exec(line.trim())?.groups;
    if (found?.site !== undefined && found.app && found.modified) {
      return { site: found.site, app: found.app, modified: found.modified };
    }
  }
  return undefined;
}

export function sameOrigin(one: Origin | undefined, other: Origin): boolean {
  return (
    one !== undefined &&
    one.site.toLowerCase() === other.site.replaceAll('"', "'").toLowerCase() &&
    one.app === other.app &&
    one.modified === other.modified
  );
}

/** At most `length` UTF-16 units, no character cut in two. */
function shorten(text: string, length: number): string {
  return text
    .slice(0, length)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd();
}
