/** Who promoted, for people to read: it never decides what a target already has. */
export interface StartedBy {
  /** The run's number with its CI system. */
  id: string | undefined;
  /** The page of the run. */
  url: string | undefined;
  /** The name of the person who started it; undefined where an event did. */
  actor: string | undefined;
}

/** The most characters for a link, and for a name, in the line of a stamp. */
const LONGEST_LINK = 130;
const LONGEST_NAME = 40;

/** `run <link>, by anna`, or the part of it that is known. Without a link, `run` names the run. */
export function creditOf(run: string, started: StartedBy | undefined): string {
  const { url, actor } = started ?? {};
  const isLink = url !== undefined && url.length <= LONGEST_LINK && /^https?:\/\/\S+$/.test(url);
  const name = actor
    ?.replace(/[\s,"\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME);
  return `run ${isLink ? url : run.slice(0, 60)}${name ? `, by ${name}` : ''}`;
}
