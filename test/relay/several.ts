import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { request } from 'undici';
import { discrepancies } from './ledger.ts';
import type { Load } from './load.ts';
import { type RelayProcess, startFast } from './process.ts';
import { payloadSchema } from './stage.ts';
import { type Surroundings, surround } from './surroundings.ts';
import { until } from './until.ts';

/** One of several relays on a PostgreSQL. */
export interface One {
  place: Surroundings['relays'][number];
  running: RelayProcess;
}

export interface Several {
  around: Surroundings;
  /** Starts one of them: with the same configuration as the others, unless `change` writes another one. */
  start(index: number, change?: (config: string) => string): Promise<One>;
  /** The one that holds the site, once one of these does. */
  holder(among: readonly One[], patience?: number): Promise<One>;
  stop(): Promise<void>;
}

/** So many relays that do not run yet, each with its own way to the database. */
export async function several(
  relays: number,
  apps: readonly string[],
  options: { base?: string } = {},
): Promise<Several> {
  const made = apps.map(id => ({ id, name: 'New v0', size: 10 }));
  const around = await surround({ apps: made, quiet: '1s', maxWait: '2s', relays, ...options });
  const all: RelayProcess[] = [];
  return {
    around,
    start: async (index, change = text => text) => {
      const place = around.relays[index];
      assert.ok(place);
      writeFileSync(place.config, change(readFileSync(place.config, 'utf8')));
      const running = startFast(place.config, { interval: 40 });
      all.push(running);
      await running.listening;
      return { place, running };
    },
    holder: async (among, patience = TAKEN) => {
      let found: One | undefined;
      await until(patience, 'one of these relays holds the site', async () => {
        const [hold] = await around.look(store => store.holds());
        found = among.find(({ running }) => hold?.relay.endsWith(`:${running.pid}`));
        return found !== undefined;
      });
      return found ?? assert.fail();
    },
    stop: async () => {
      for (const one of all) await one.kill('SIGKILL');
      await around.stop();
    },
  };
}

/** What a relay answers at an address. */
export async function answered({ place }: One, path: string): Promise<string> {
  return (await request(`${place.at}${path}`)).body.text();
}

/**
 * What is left must be dispatched in this time, also on a busy machine: a lease ends, and a site is taken over within a
 * minute, ms.
 */
const DRAIN = 400_000;
/** A site that nobody holds is taken within seconds, ms. */
const TAKEN = 90_000;

/** Waits until nothing waits and GitHub has heard of what QRS itself knows, and not longer than `DRAIN`. */
export async function drained(around: Surroundings, { latest }: Load): Promise<void> {
  const until = Date.now() + DRAIN;
  const books = { sent: [], latest, dispatches: around.github.dispatches, deliveries: [] };
  while (Date.now() < until) {
    await wait(500);
    const { pending, leased } = (await around.look(store => store.counts())).states;
    if (pending + leased === 0 && discrepancies(books).length === 0) return;
  }
}

/** A state of an app that was dispatched under two ids. */
export function twice({ github }: Surroundings): string[] {
  const payloads = github.dispatches.map(({ client_payload }) => payloadSchema.parse(client_payload));
  return [...Map.groupBy(payloads, ({ object }) => `${object.id} ${object.name}`)].flatMap(
    ([state, same]) => {
      const under = new Set(same.map(({ delivery }) => delivery));
      return under.size === 1 ? [] : [`${state} was dispatched under ${[...under].join(' and ')}`];
    },
  );
}
