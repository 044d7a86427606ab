import type { SteadyClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Metrics } from './metrics.ts';
import type { Store } from './store/store.ts';

/** What the rooms of a running relay share. */
export interface Relay {
  store: Store;
  /** Its steady time begins at the time of the machine's clock, or of the database's, so that an earlier relay's times compare. */
  clock: SteadyClock;
  log: Log;
  metrics: Metrics;
  /** Takes secrets out of what a site or GitHub said. */
  redact: (text: string) => string;
  /** How many changes may wait for one repository. */
  share: number;
  /** Aborts when the relay is to stop. */
  signal: AbortSignal;
}
