/** Who promoted, for people: it never decides what is already there. */
export interface StartedBy {
  /** The run's number with its CI system. */
  id: string | undefined;
  /** The page of the run. */
  url: string | undefined;
  /** The name of the person who started it; undefined where an event did. */
  actor: string | undefined;
}

/** The line of a stamp has room for so many characters of a link, and of a name. */
const LONGEST_LINK = 130;
const LONGEST_NAME = 40;

/** `run <link>, by anna`, as far as that is known. `run` names the run where no link does. */
export function creditOf(run: string, started: StartedBy | undefined): string {
  const { url, actor } = started ?? {};
  const isLink = url !== undefined && url.length <= LONGEST_LINK && /^https?:\/\/\S+$/.test(url);
  const name = actor
    ?.replace(/[\s,"\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME);
  return `run ${isLink ? url : run.slice(0, 60)}${name ? `, by ${name}` : ''}`;
}
