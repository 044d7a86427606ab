import { type RelayStage, relayStage } from '../../test/relay/stage.ts';
import type { Figure } from '../transfer/figure.ts';

const SUBSCRIPTIONS = 20;
const MINUTES = 60;
/** Every subscription is made again once a minute, and the handle before it is ended. */
const REQUESTS = { 'same-handle': SUBSCRIPTIONS + 1, accumulate: 2 * SUBSCRIPTIONS + 1 };
/** Ms in a minute, with the stand-in for the site in the same process. */
const CPU = 600;

/** An hour in which nothing happens, on a clock that is moved by hand. */
export async function idle(): Promise<Figure[]> {
  return [...(await cost('same-handle')), ...(await cost('accumulate'))];
}

async function cost(kind: keyof typeof REQUESTS): Promise<Figure[]> {
  const subscriptions = Array.from(
    { length: SUBSCRIPTIONS },
    (_, index) => `  - name: watched-${index}
    site: dev
    entity: ${index % 2 === 0 ? 'App' : 'ExecutionResult'}
    send: { repository: acme/events, event: changed }
`,
  ).join('');
  const stage = await relayStage({ subscriptions, switches: { duplicateSubscriptions: kind } });
  try {
    await stage.start();
    await stage.time.pass(60_000);
    const { requests, cpu } = await hour(stage);
    return [
      {
        what: `requests to QRS a minute (${kind})`,
        measured: requests.toFixed(1),
        bar: { text: `at most ${REQUESTS[kind]}`, met: requests <= REQUESTS[kind] },
      },
      {
        what: `CPU a minute, with the site (${kind})`,
        measured: `${cpu.toFixed(0)} ms`,
        bar: { text: `at most ${CPU} ms`, met: cpu <= CPU },
      },
    ];
  } finally {
    await stage.close();
  }
}

async function hour({ dev, time }: RelayStage): Promise<{ requests: number; cpu: number }> {
  dev.counters.reset();
  const before = process.cpuUsage();
  await time.pass(MINUTES * 60_000);
  const { user, system } = process.cpuUsage(before);
  return { requests: dev.counters.requests.length / MINUTES, cpu: (user + system) / 1000 / MINUTES };
}
