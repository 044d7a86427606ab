import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'undici';
import { type RelayProcess, startFast } from './process.ts';
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
    holder: async (among, patience = 20_000) => {
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
