import { messageOf } from '../../base/errors.ts';
import type { Relay } from '../relay.ts';

/** The first and the longest pause while the site does not answer, ms. */
const FIRST = 1_000;
const LONGEST = 60_000;

/** The pauses while a site does not answer; the log says when they begin and end. `what`: the changes that wait. */
export function sitePause({ clock, log, redact }: Relay, what: string) {
  let until = 0;
  let length = 0;
  return {
    /** Ms until the site is to be asked again. */
    left: () => Math.ceil(until - clock.steady()),
    /** Asks at once. */
    skip: () => {
      until = 0;
    },
    /** The site has answered; returns whether it had not before. */
    end: (): boolean => {
      const waited = length > 0;
      until = 0;
      length = 0;
      if (waited) log.info(`${what} can be read again.`);
      return waited;
    },
    /** The site has not answered; returns the pause, ms. */
    grow: (error: Error): number => {
      if (length === 0) log.warning(`${what} wait: ${redact(messageOf(error))}`);
      length = length === 0 ? FIRST : Math.min(2 * length, LONGEST);
      until = clock.steady() + length;
      return length;
    },
  };
}
