import { CLOCK_TOLERANCE } from '../../base/clock.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { Relay } from '../relay.ts';

/** How far back the relay asks first where the site does not say its time, ms. */
const BLIND = 3_600_000;
/** A site gives its time in whole seconds, so what the relay knows of it is uncertain by so much, ms. */
const RESOLUTION = 1000;

/** Ms since the epoch. */
export interface SiteClock {
  /** The time on the site's own clock, or a little earlier. */
  now(): number;
  /** What it was when the relay began to watch the site. */
  began(): number;
}

/**
 * Knows a site's time after its first answer; logs once that its clock is off. It goes by the relay's steady time, so that
 * it is right also where somebody has set this machine's clock since that answer. `qrs` compares the two.
 */
export function siteClock({ clock, log, metrics }: Relay, qrs: Qrs): SiteClock {
  const site = qrs.site.name;
  const start = clock.steady();
  let logged = 0;

  function watch(ahead: number) {
    const off = Math.abs(ahead) > CLOCK_TOLERANCE ? ahead : 0;
    if (Math.abs(off - logged) <= CLOCK_TOLERANCE) return;
    logged = off;
    if (off === 0) return log.info(`Site "${site}": its clock agrees with this machine's again.`);
    const seconds = Math.round(Math.abs(off) / 1000);
    log.warning(
      `Site "${site}": its clock is ${seconds} s ${off > 0 ? 'ahead of' : 'behind'} this machine's. ` +
        'The relay allows for that; correct one of the two.',
    );
  }

  function now() {
    const ahead = qrs.ahead();
    if (ahead === undefined) return clock.steady() - BLIND;
    const ofMachine = ahead + clock.steady() - clock.now();
    metrics.ahead.set({ site }, ofMachine / 1000);
    watch(ofMachine);
    return clock.steady() + ahead - RESOLUTION;
  }

  return { now, began: () => now() - (clock.steady() - start) };
}
