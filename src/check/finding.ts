import type { Looked } from './facts.ts';

/** `failed`: something that is asked for would fail. `not known`: the site does not show it. */
export type FindingState = 'ok' | 'warning' | 'not known' | 'failed';

export interface SiteFinding {
  /** The site's name; undefined for what is of this machine. */
  site: string | undefined;
  /** What was looked at; one row of the table. */
  about: string;
  state: FindingState;
  says: string;
  /** What to do next, where something is to be done. */
  next?: string | undefined;
}

/** A finding before it is known of which site it is. */
export type Judged = Omit<SiteFinding, 'site'>;

/** What a look came to, in words. */
export function judged<T>(
  about: string,
  looked: Looked<T>,
  words: (is: T) => string,
  { next }: { next?: string } = {},
): Judged {
  if ('is' in looked) return { about, state: 'ok', says: words(looked.is) };
  if ('unknown' in looked) return { about, state: 'not known', says: looked.unknown };
  const isCode = /^[A-Z0-9_]+$/.test(looked.failed) || looked.failed.startsWith('no answer');
  return isCode
    ? { about, state: 'failed', says: looked.failed, next }
    : { about, state: 'failed', says: 'no', next: looked.failed };
}
