import { type DestinationStream, pino } from 'pino';
import type { Log } from '../base/log.ts';
import type { Redact } from '../net/redact.ts';

/** Lines of JSON, one for each thing that happens, with every secret taken out. */
export function jsonLog(redact: Redact, level: string, to: DestinationStream): Log {
  const logger = pino({ base: null, level, timestamp: pino.stdTimeFunctions.isoTime }, to);
  return {
    debug: line => logger.debug(redact(line)),
    info: line => logger.info(redact(line)),
    warning: line => logger.warn(redact(line)),
    group: (title, work) => {
      logger.info(redact(title));
      return work();
    },
  };
}
