import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { ids } from '../../test/relay/load.ts';
import { startFast } from '../../test/relay/process.ts';
import { type Surroundings, surround } from '../../test/relay/surroundings.ts';
import { compiledRelay, percentile, sendLoad } from '../relay/load.ts';
import { type Figure, median } from '../transfer/figure.ts';
import { durable, type Size } from './place.ts';

const BAR = 60;
const CONNECTIONS = 64;
const APPS = 1_000;
/** Changes whose delay is measured, one after the other, and what they wait for at least, ms. */
const CHANGES = 30;
const APART = 100;
const QUIET = 1_000;
/** A notification as QRS writes it. */
const BYTES = 430;

/** Notifications that are on disk, and how soon one is dispatched: several relays, one file, and bare commits. */
export async function accept(size: Size): Promise<Figure[]> {
  const bare = await bareCommits(await durable(), size.commits);
  const figures = [{ what: 'bare INSERT commits through pg', measured: `${bare.toFixed(0)} a second` }];
  const rates = [];
  for (const relays of size.relays) {
    const { rate, delay } = await measured(size, relays);
    rates.push(rate);
    figures.push(figure(`PostgreSQL, ${relays} ${relays === 1 ? 'relay' : 'relays'}`, rate, delay));
  }
  const file = await measured(size, 0);
  const again = await bareCommits(await durable(), size.commits);
  const share = ((rates[0] ?? 0) / median([bare, again])) * 100;
  return [
    ...figures,
    figure('SQLite, 1 relay', file.rate, file.delay),
    { what: 'bare INSERT commits, once more', measured: `${again.toFixed(0)} a second` },
    {
      what: 'one relay over bare commits',
      measured: `${share.toFixed(0)} %`,
      bar: { text: `at least ${BAR} %`, met: share >= BAR },
    },
  ];
}

function figure(what: string, rate: number, delay: number): Figure {
  return {
    what,
    measured: `${rate.toFixed(0)} a second; 95 in 100 dispatched ${delay.toFixed(0)} ms beyond quiet`,
  };
}

/** `relays` on PostgreSQL; 0: one on SQLite. */
async function measured(size: Size, relays: number): Promise<{ rate: number; delay: number }> {
  const apps = ids(APPS);
  const around = await surround({
    apps: apps.map((id, index) => ({ id, name: `App ${index}`, size: 10 })),
    ...{ quiet: `${QUIET}ms`, maxWait: '60s', relays, onFile: relays === 0 },
  });
  const entry = compiledRelay();
  const configs = relays === 0 ? [around.config] : around.relays.map(({ config }) => config);
  const running = configs.map(config => startFast(config, { interval: 10, period: 60_000, entry }));
  try {
    await Promise.all(running.map(({ listening }) => listening));
    await around.watched();
    const delay = await delayOf(around, apps.slice(0, CHANGES));
    // Past the balancer, which is one of tests.
    const callback = await around.callback();
    const places = relays === 0 ? [around.at] : around.relays.map(({ at }) => at);
    const urls = places.map(at => new URL(callback, at).href);
    const rates = [];
    for (let round = 0; round <= size.rounds; round += 1) {
      const { accepted, took, refused } = await sendLoad({
        ...{ urls, ids: apps, count: size.notifications, connections: CONNECTIONS },
      });
      if (refused > 0)
        throw new Error(
          `${refused} notifications were turned away: ${running.map(one => one.log()).join('')}`,
        );
      // The first round is to warm up.
      if (round > 0) rates.push((accepted / took) * 1000);
    }
    return { rate: median(rates), delay };
  } finally {
    await Promise.all(running.map(one => one.kill('SIGTERM')));
    await around.stop();
  }
}

async function delayOf(around: Surroundings, apps: readonly string[]): Promise<number> {
  const dispatched = around.github.dispatched(apps.length, 60_000);
  const last = new Map<string, number>();
  for (const id of apps) {
    await around.rename(id, `${id} again`);
    last.set(id, Date.now());
    await wait(APART);
  }
  const beyond = (await dispatched).map(({ at, client_payload }) => {
    const { id } = Object(client_payload.object);
    return at - (last.get(id) ?? Number.NaN) - QUIET;
  });
  return percentile(beyond, 95);
}

/** Commits a second, of a row of a notification's size each, one after the other. */
async function bareCommits(place: string, count: number): Promise<number> {
  const client = new pg.Client({ connectionString: place });
  await client.connect();
  try {
    await client.query(
      'CREATE TABLE told (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body TEXT NOT NULL)',
    );
    const body = 'x'.repeat(BYTES);
    const began = performance.now();
    for (let number = 0; number < count; number += 1)
      await client.query({ name: 'bare', text: 'INSERT INTO told (body) VALUES ($1)', values: [body] });
    return (count / (performance.now() - began)) * 1000;
  } finally {
    await client.end();
  }
}
