import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ids } from './load.ts';
import { command } from './process.ts';
import { answered, type One, type Several, several } from './several.ts';
import { payloadSchema } from './stage.ts';
import { ofSqlite } from './store-place.ts';
import type { Surroundings } from './surroundings.ts';
import { until } from './until.ts';

/** Who holds a site when a relay dies, is cut off, or has another configuration; and whose time counts. */

const POSTGRES = { skip: !ofSqlite && 'it needs PostgreSQL: npm run test:postgres' };
/**
 * A site is taken over within a minute. A busy machine gets three, ms: without the server's limit of silence, the system
 * would end the session of a relay that is cut off after some two hours.
 */
const TAKEN = 180_000;
const PATIENCE = 120_000;

let it: Several | undefined;
afterEach(() => it?.stop());

/** Two relays that run, the one that holds the site first. */
async function pair(apps: readonly string[]) {
  it = await several(2, apps);
  const [one, two] = [await it.start(0), await it.start(1)];
  await it.around.watched();
  const holding = await it.holder([one, two]);
  return { ...it, holding, other: holding === one ? two : one };
}

/** The names that GitHub was told, in order. */
const told = ({ github }: Surroundings) =>
  github.dispatches.map(({ client_payload }) => payloadSchema.parse(client_payload).object.name);

const holdsNothing = (text: string) => /^qrs_relay_holds_site\{site="dev"\} 0$/m.test(text);

test(
  'takeover: the site of a relay that was killed is held by another one within a minute',
  POSTGRES,
  async context => {
    const [app = ''] = ids(1);
    const { around, holder, holding, other } = await pair([app]);
    await holding.running.kill('SIGKILL');
    const died = performance.now();
    // The other one gets the notification, but reads nothing back before it holds the site.
    await around.rename(app, 'New v1');
    await holder([other], TAKEN);
    context.diagnostic(`taken over after ${Math.round(performance.now() - died)} ms`);
    assert.match(await answered(other, '/metrics'), /^qrs_relay_holds_site\{site="dev"\} 1$/m);
    await around.github.dispatched(1, PATIENCE);
    assert.deepEqual(told(around), ['New v1']);
  },
);

test(
  'takeover: a relay that the database does not hear gives its site up, and another one takes it within a minute',
  POSTGRES,
  async context => {
    const [app = ''] = ids(1);
    const { around, holder, holding, other } = await pair([app]);
    const began = performance.now();
    holding.place.database.hang();
    await holder([other], TAKEN);
    context.diagnostic(`taken over after ${Math.round(performance.now() - began)} ms`);
    // It knew before the other one began.
    assert.match(holding.running.log(), /The relay lost its hold of dev/);
    await around.rename(app, 'New v1');
    await around.github.dispatched(1, PATIENCE);
    holding.place.database.heal();
    await until(PATIENCE, 'the first relay is back, and holds nothing', async () =>
      holdsNothing(await answered(holding, '/metrics')),
    );
    await around.rename(app, 'New v2');
    await around.github.dispatched(2, PATIENCE);
    assert.deepEqual(told(around), ['New v1', 'New v2']);
  },
);

const longer = (config: string) => config.replace('"quiet":"1s"', '"quiet":"2s"');

test(
  'takeover: a relay with another configuration says so, holds no site, dispatches nothing, and begins when the last other one ends',
  POSTGRES,
  async () => {
    const [app = ''] = ids(1);
    it = await several(2, [app]);
    const { around, holder } = it;
    const first = await it.start(0);
    await around.watched();
    const second = await it.start(1, longer);
    const says = async (one: One) => JSON.parse(await answered(one, '/readyz?verbose'));
    assert.match((await says(second)).configuration, /^Other relays run with other sites or subscriptions/);
    assert.equal((await says(second)).ready, true);
    assert.equal((await says(first)).configuration, undefined);
    assert.match(await answered(second, '/metrics'), /^qrs_relay_configuration_differs 1$/m);
    const status = await command(['status', '--config', second.place.config]);
    assert.match(status.out, /^differs {4}the sites or subscriptions of this configuration are not those/m);
    const own = await command(['status', '--config', first.place.config]);
    assert.doesNotMatch(own.out, /^differs/m);
    assert.match(own.out, new RegExp(`^holds {6}site dev: \\S+:${first.running.pid}, `, 'm'));

    // Each of them takes notifications in turn, and the first one alone dispatches.
    for (const version of [1, 2, 3, 4]) {
      await around.rename(app, `New v${version}`);
      await around.github.dispatched(version, PATIENCE);
    }
    assert.doesNotMatch(second.running.log(), /Dispatched/);
    assert.equal(await holder([first]), first);

    assert.equal((await first.running.kill('SIGTERM')).code, 0);
    await holder([second]);
    await around.rename(app, 'New v5');
    await around.github.dispatched(5, PATIENCE);
    assert.equal((await says(second)).configuration, undefined);
    assert.deepEqual(told(around), ['New v1', 'New v2', 'New v3', 'New v4', 'New v5']);
  },
);

test(
  'takeover: clocks of machines that are set by hours change neither when a change is dispatched, nor how often',
  POSTGRES,
  async () => {
    const [app = ''] = ids(1);
    const { around, holding, other } = await pair([app]);
    for (const version of [1, 2, 3]) {
      // Forward by an hour, back by two, forward again.
      process.kill(holding.running.pid, 'SIGUSR2');
      await around.rename(app, `New v${version}`);
      process.kill(other.running.pid, 'SIGUSR2');
      await around.github.dispatched(version, PATIENCE);
    }
    assert.deepEqual(told(around), ['New v1', 'New v2', 'New v3']);
  },
);
