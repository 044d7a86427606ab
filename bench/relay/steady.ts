import type { Figure } from '../transfer/figure.ts';
import { percentile, underLoad } from './load.ts';

const PER_SECOND = 500;
const SECONDS = 20;
const BAR = 20;

export function steady(): Promise<Figure[]> {
  return underLoad({ apps: 1_000, quiet: '5s', maxWait: '60s' }, async ({ load }) => {
    // Warm, as a relay is that runs for days.
    await load({ count: 2_000, connections: 16 });
    const sent = await load({ count: PER_SECOND * SECONDS, connections: 64, perSecond: PER_SECOND });
    const most = percentile(sent.latencies, 99);
    return [
      { what: 'sent', measured: `${sent.accepted} in ${(sent.took / 1000).toFixed(1)} s` },
      { what: 'half of them answered within', measured: `${percentile(sent.latencies, 50).toFixed(1)} ms` },
      {
        what: '99 in 100 answered within',
        measured: `${most.toFixed(1)} ms`,
        bar: { text: `at most ${BAR} ms`, met: sent.refused === 0 && most <= BAR },
      },
    ];
  });
}
