import type { Log } from '../base/log.ts';

/** Logs a trouble once, until all is well again: what is tried again and again says the same each time. */
export function logOnce(log: Log) {
  let logged = '';
  return {
    trouble: (words: string) => {
      if (words === logged) log.debug(words);
      else log.warning(words);
      logged = words;
    },
    well: () => {
      logged = '';
    },
  };
}

export type LogOnce = ReturnType<typeof logOnce>;
