import { setTimeout as wait } from 'node:timers/promises';
import { payloadSchema } from '../../test/relay/stage.ts';
import { type Figure, seconds } from '../transfer/figure.ts';
import { peakOf, type UnderLoad, underLoad } from './load.ts';

const COUNT = 100_000;
const APPS = 1_000;
const MAX_WAIT = 60_000;
const MEMORY = 160;
/** For the dispatches after the last notification, ms. */
const PATIENCE = 120_000;

/** Every app is notified in turn and never quiet until the end, so that only max-wait lets a dispatch out. */
export function crowd(): Promise<Figure[]> {
  return underLoad({ apps: APPS, quiet: '5s', maxWait: `${MAX_WAIT}ms` }, async on => {
    const sent = await on.load({ count: COUNT, connections: 64 });
    const until = Date.now() + PATIENCE;
    let waiting = -1;
    while (waiting !== 0 && Date.now() < until) {
      await wait(500);
      waiting = Number(/^qrs_relay_waiting (\d+)$/m.exec((await on.get('/metrics')).body)?.[1]);
    }
    const peak = peakOf(on.relay.pid);
    const { counted, dispatches, most } = await accounts(on);
    const allowed = 1 + Math.floor(sent.took / MAX_WAIT);
    return [
      { what: 'sent and answered 202', measured: `${sent.accepted} in ${seconds(sent.took)}` },
      {
        what: 'in the payloads, waiting, or decided already',
        measured: String(counted),
        bar: { text: `${sent.accepted}`, met: counted === sent.accepted && sent.refused === 0 },
      },
      { what: 'dispatches', measured: String(dispatches) },
      {
        what: 'dispatches of one app',
        measured: `at most ${most}`,
        bar: { text: `one in ${MAX_WAIT / 1000} s: ${allowed}`, met: most <= allowed },
      },
      {
        what: 'peak memory of the relay',
        measured: `${peak.toFixed(0)} MiB`,
        bar: { text: `under ${MEMORY} MiB`, met: peak > 0 && peak < MEMORY },
      },
    ];
  });
}

/** A dispatch that came twice counts once. */
async function accounts(on: UnderLoad): Promise<{ counted: number; dispatches: number; most: number }> {
  const all = on.github.dispatches.map(({ client_payload }) => payloadSchema.parse(client_payload));
  const payloads = [...new Map(all.map(payload => [payload.delivery, payload])).values()];
  const waiting = await on.look(store =>
    store.list({ states: ['pending', 'leased', 'unwanted'], limit: COUNT }),
  );
  const sum = (counts: readonly { count: number }[]) => counts.reduce((all, { count }) => all + count, 0);
  const perApp = Map.groupBy(payloads, ({ object }) => object.id);
  return {
    counted: sum(payloads) + sum(waiting),
    dispatches: payloads.length,
    most: Math.max(0, ...[...perApp.values()].map(({ length }) => length)),
  };
}
