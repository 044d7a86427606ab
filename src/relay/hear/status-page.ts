import type { FastifyInstance } from 'fastify';
import { messageOf } from '../../base/errors.ts';
import { formatDuration } from '../../base/units.ts';
import type { Subscription } from '../config/settings.ts';
import { type Delivery, objectName } from '../store/delivery.ts';
import type { Store } from '../store/store.ts';
import type { Desk } from './health.ts';
import { type Html, html, table } from './html.ts';

/** So many changes, and so many that were given up, are shown. */
const SHOWN = 100;
/** How often a browser asks for the page again, seconds. */
const REFRESH = 10;
/** Nothing is loaded, and nothing runs: the page is text and its own style. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
const STYLE = `:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
div { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { padding: .3rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid light-dark(#d0d7de, #3d444d); }
td { overflow-wrap: anywhere; min-width: 8rem; } time { white-space: nowrap; } code { font-size: .9em; }
.bad { color: light-dark(#b42318, #ff8178); } small { color: light-dark(#59636e, #9198a1); }`;

export interface Page extends Pick<Desk, 'store' | 'clock' | 'agrees'> {
  subscriptions: readonly Subscription[];
}

/** Shows the person who looks after the relay how it fares. It changes nothing, and is on the status address alone. */
export function statusPage(server: FastifyInstance, page: Page): void {
  server.get('/', async (_request, reply) => {
    reply.headers(HEADERS).type('text/html; charset=utf-8');
    try {
      return document(await sectionsOf(page)).markup;
    } catch (error) {
      return reply.code(503).send(document(html`<p class="bad">${messageOf(error)}</p>`).markup);
    }
  });
}

const document = (body: Html) => html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="${REFRESH}">
<meta name="viewport" content="width=device-width"><title>qrs-relay</title><style>${{ markup: STYLE }}</style></head>
<body><h1>qrs-relay</h1>
${body}
</body></html>
`;

async function sectionsOf({ store, clock, agrees, subscriptions }: Page): Promise<Html> {
  const [counts, delays, holds, watches, recent, dead] = await Promise.all([
    store.counts(),
    store.delays(),
    store.holds(),
    store.watches(),
    store.recent(SHOWN),
    store.list({ states: ['dead'], limit: SHOWN }),
  ]);
  const now = clock.now();
  const oldest = counts.oldest === undefined ? '' : `, the oldest for ${age(now, counts.oldest)}`;
  const { pending, leased, delivered, unwanted } = counts.states;
  return html`${agrees() ? [] : html`<p class="bad">The sites or subscriptions of this relay differ from those of the relays that run: it holds no site and dispatches nothing.</p>`}
<p>Waiting: ${pending + leased}${oldest}. Dispatched: ${delivered}. Not wanted: ${unwanted}. Given up: ${counts.states.dead}.</p>
<h2>Sites and subscriptions</h2>
${table(
  ['Subscription', 'Site', 'To', 'State'],
  subscriptions.map(one => subscriptionRow(one, { holds, watches, now })),
  'There is none.',
)}
<h2>Repositories</h2>
${table(['Repository', 'Waiting', 'State'], laneRows(counts, delays, now, subscriptions), 'There is none.')}
<h2>Given up</h2>
${table(
  ['When', 'Change', 'Reason', 'To send it again'],
  dead.map(one => [
    ago(one.last, now),
    named(one),
    one.reason ?? '',
    html`<code>redeliver --id ${one.id}</code>`,
  ]),
  'Nothing was given up.',
)}
<h2>The last ${SHOWN} changes</h2>
${table(
  ['When', 'State', 'Change', 'Reason'],
  recent.map(one => [ago(one.last, now), wordsOf(one), named(one), one.reason ?? '']),
  'There was none.',
)}`;
}

type FromStore = {
  holds: Awaited<ReturnType<Store['holds']>>;
  watches: Awaited<ReturnType<Store['watches']>>;
  now: number;
};

function subscriptionRow({ name, site, send }: Subscription, { holds, watches, now }: FromStore) {
  const hold = holds.find(one => one.site === site.name);
  const { until, trouble } = watches.find(one => one.subscription === name) ?? {};
  const where = hold
    ? html`${site.name}<br><small>held by ${hold.relay} for ${age(now, hold.since)}</small>`
    : html`${site.name}<br><small class="bad">held by no relay</small>`;
  return [name, where, send.repository, stateOf(until, trouble, hold?.gaps.includes(name) ?? true)];
}

function stateOf(until: number | undefined, trouble: string | undefined, hasGap: boolean): string | Html {
  if (trouble !== undefined) return html`<span class="bad">${trouble}</span>`;
  if (until === undefined) return 'Not watched yet.';
  const known = `all changes are known until ${utc(until)}, by the clock of the site`;
  return hasGap ? `The relay asks the site what it missed; ${known}.` : `QRS notifies it; ${known}.`;
}

function laneRows(
  { waiting }: Awaited<ReturnType<Store['counts']>>,
  { paused, unreadable }: Awaited<ReturnType<Store['delays']>>,
  now: number,
  subscriptions: readonly Subscription[],
) {
  const all = subscriptions.map(({ send }) => send.repository.toLowerCase());
  const names = new Set([...paused.map(({ repository }) => repository), ...all, ...Object.keys(waiting)]);
  return [...names].map(name => {
    const lane = paused.find(({ repository }) => repository === name);
    const unread = unreadable.filter(one =>
      subscriptions.some(
        ({ name: own, send }) => own === one.subscription && send.repository.toLowerCase() === name,
      ),
    );
    const words = [
      ...(lane ? [html`<span class="bad">Waits ${left(lane.until, now)}: ${lane.reason}</span><br>`] : []),
      ...unread.map(
        one =>
          html`<span class="bad">${one.number} of ${one.subscription} cannot be read back: ${one.reason}</span><br>`,
      ),
    ];
    return [
      name === 'all' ? 'all repositories' : name,
      name === 'all' ? '' : (waiting[name] ?? 0),
      words.length > 0 ? words : 'Takes dispatches.',
    ];
  });
}

function left(until: string, now: number): string {
  const ms = Date.parse(until) - now;
  return ms > 0 ? `for another ${formatDuration(ms)}` : 'until it is tried again now';
}

const age = (now: number, then: number) => formatDuration(Math.max(0, now - then));
const ago = (at: number, now: number) => html`${age(now, at)} ago<br><small><time>${utc(at)}</time></small>`;
const utc = (at: number) =>
  new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');

function wordsOf({ state, unread }: Delivery): string {
  if (state === 'pending') return unread ? 'waits to be read back' : 'waits for its turn';
  return { leased: 'is being dispatched', delivered: 'dispatched', unwanted: 'not wanted', dead: 'given up' }[
    state
  ];
}

function named(delivery: Delivery): Html {
  const { subscription, change, object, count } = delivery;
  const name = objectName(delivery) ?? '';
  return html`${subscription}: ${change} ${name}<br><small>${object}${count > 1 ? `, ${count} notifications` : ''}</small>`;
}
