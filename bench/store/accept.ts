import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { ids } from '../../test/relay/load.ts';
import { startFast } from '../../test/relay/process.ts';
import { storePlace } from '../../test/relay/store-place.ts';
import { type Surroundings, surround } from '../../test/relay/surroundings.ts';
import { compiledRelay, percentile, sendLoad } from '../relay/load.ts';
import { type Figure, median } from '../transfer/figure.ts';
import type { Size } from './place.ts';

const BAR = 60;
const CONNECTIONS = 64;
const APPS = 1_000;
/** Changes whose delay is measured, one after the other, and what they wait for at least, ms. */
const CHANGES = 30;
const APART = 100;
const QUIET = 1_000;
/** As many connections as a relay has. */
const POOL = 6;
/** A notification as QRS writes it. */
const BYTES = 430;

/** Notifications that are on disk, and how soon one is dispatched: several relays, one file, and bare commits. */
export async function accept(size: Size): Promise<Figure[]> {
  const bare = { one: [] as number[], many: [] as number[] };
  // Again and again in between, since the speed of a disk changes with what else it does.
  const measureBare = async () => {
    bare.one.push(await bareCommits(1, size.commits));
    bare.many.push(await bareCommits(POOL, size.commits));
  };
  const figures: Figure[] = [];
  const rates: number[] = [];
  for (const relays of size.relays) {
    await measureBare();
    const { rate, delay } = await measured(size, relays);
    rates.push(rate);
    figures.push(figure(`PostgreSQL, ${relays} ${relays === 1 ? 'relay' : 'relays'}`, rate, delay));
  }
  await measureBare();
  const file = await measured(size, 0);
  const shareOf = (commits: readonly number[]) => ((rates[0] ?? 0) / median(commits)) * 100;
  const share = shareOf(bare.one);
  return [
    ...figures,
    figure('SQLite, 1 relay', file.rate, file.delay),
    bareFigure('bare INSERT commits through pg, one connection', bare.one),
    bareFigure(`bare INSERT commits through pg, ${POOL} connections at once`, bare.many),
    {
      what: 'PostgreSQL, 1 relay, in percent of bare commits of one connection',
      measured: `${share.toFixed(0)} %`,
      bar: { text: `at least ${BAR} %`, met: share >= BAR },
    },
    {
      what: `PostgreSQL, 1 relay, in percent of bare commits of ${POOL} connections`,
      measured: `${shareOf(bare.many).toFixed(0)} %`,
    },
  ];
}

function bareFigure(what: string, rates: readonly number[]): Figure {
  const all = `${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}`;
  return { what, measured: `${median(rates).toFixed(0)} a second (${all})` };
}

function figure(what: string, rate: number, delay: number): Figure {
  return {
    what,
    measured: `${rate.toFixed(0)} stored a second; 95 in 100 dispatched within ${delay.toFixed(0)} ms after quiet`,
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

/** Commits a second, of a row of a notification's size each, one after the other on each connection. */
async function bareCommits(connections: number, count: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: await storePlace(''), max: connections });
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()));
  try {
    await clients[0]?.query(
      'CREATE TABLE told (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body TEXT NOT NULL)',
    );
    const body = 'x'.repeat(BYTES);
    const began = performance.now();
    let number = 0;
    const commits = clients.map(async client => {
      for (; number < count; number += 1)
        await client.query({ name: 'bare', text: 'INSERT INTO told (body) VALUES ($1)', values: [body] });
    });
    await Promise.all(commits);
    return (count / (performance.now() - began)) * 1000;
  } finally {
    for (const client of clients) client.release();
    await pool.end();
  }
}
