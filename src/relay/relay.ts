import type { SteadyClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Metrics } from './metrics.ts';
import type { Store } from './store/store.ts';

/** What the rooms of a running relay share. */
export interface Relay {
  store: Store;
  /** Its steady time is near that of the machine's clock, so that times of an earlier relay can be compared with it. */
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
