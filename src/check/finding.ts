import type { Fact } from './facts.ts';

/** `failed`: a part of the spec or request would fail. `not known`: the site does not show it. */
export type FindingState = 'ok' | 'warning' | 'not known' | 'failed';

export interface SiteFinding {
  /** The site's name; undefined for a finding about this machine. */
  site: string | undefined;
  /** The subject: one row of the table. */
  about: string;
  state: FindingState;
  says: string;
  /** The next step for the user, if there is one. */
  next?: string | undefined;
}

/** A finding without its site. */
export type Judged = Omit<SiteFinding, 'site'>;

/** The result of a look in words. */
export function judged<T>(
  about: string,
  looked: Fact<T>,
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
