import { type DestinationStream, destination, pino } from 'pino';
import type { Log } from '../base/log.ts';
import { visible } from '../base/visible.ts';
import type { Redact } from '../net/redact.ts';

/** Lines that cannot be written are kept up to so many characters. */
const MOST_UNWRITTEN = 1_000_000;

/** Writes lines to a file descriptor or a file. A full disk loses lines, and ends nothing. */
export function lineWriter(to: number | string): DestinationStream {
  const stream = destination({ dest: to, sync: true, maxLength: MOST_UNWRITTEN });
  stream.on('error', () => {});
  return stream;
}

/** Lines of JSON, one for each thing that happens, with every secret taken out and every sign visible. */
export function jsonLog(redact: Redact, level: string, to: DestinationStream): Log {
  const logger = pino({ base: null, level, timestamp: pino.stdTimeFunctions.isoTime }, to);
  const safe = (line: string) => visible(redact(line));
  return {
    debug: line => logger.debug(safe(line)),
    info: line => logger.info(safe(line)),
    warning: line => logger.warn(safe(line)),
    failure: line => logger.error(safe(line)),
    group: (title, work) => {
      logger.info(safe(title));
      return work();
    },
  };
}
