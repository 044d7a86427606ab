import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ids } from './load.ts';
import { command } from './process.ts';
import { answered, several } from './several.ts';
import { execute, ofSqlite } from './store-place.ts';
import { until } from './until.ts';

const ends: (() => unknown)[] = [];
after(async () => {
  for (const end of ends.reverse()) await end();
});

/** No part of a URL as it is. */
const PASSWORD = 'p@:/?#%25 [marked]&=\\';
const PATIENCE = 120_000;

test('password: any password of the store is filled in percent-encoded, and no output shows it', {
  skip: !ofSqlite && 'it needs PostgreSQL: npm run test:postgres',
}, async () => {
  const [app = ''] = ids(1);
  const it = await several(1, [app]);
  ends.push(it.stop);
  const { around } = it;
  const schema = /search_path%3D(\w+)/.exec(around.store)?.[1] ?? '';
  const literal = PASSWORD.replaceAll("'", "''");
  await execute(
    around.store,
    `CREATE ROLE ${schema} LOGIN PASSWORD '${literal}'; GRANT ALL ON SCHEMA ${schema} TO ${schema}`,
  );
  process.env.STORE_PASSWORD = PASSWORD;
  ends.push(() => delete process.env.STORE_PASSWORD);
  const own = (config: string) =>
    config.replace(/postgres:\/\/relay:\w+@/, `postgres://${schema}:\${STORE_PASSWORD}@`);
  const said: string[] = [];
  const say = async (...args: string[]) => {
    const { code, out } = await command([...args, '--config', around.relays[0]?.config ?? '']);
    said.push(out);
    return code;
  };

  const one = await it.start(0, own);
  await until(PATIENCE, 'the site is watched', async () =>
    (await answered(one, '/readyz?verbose')).includes('"site":"dev"'),
  );
  for (const path of ['/metrics', '/readyz?verbose', '/livez']) said.push(await answered(one, path));
  assert.deepEqual([await say('status'), await say('status', '--json'), await say('list')], [0, 0, 0]);
  await say('check');
  one.place.database.cut();
  await until(PATIENCE, 'the log says that the database is away', async () =>
    one.running.log().includes('does not answer'),
  );
  assert.equal(await say('status'), 1);
  await say('check');
  one.place.database.heal();
  process.env.STORE_PASSWORD = `${PASSWORD}no`;
  assert.equal(await say('status'), 1);
  assert.match(said.at(-1) ?? '', /password authentication failed/);
  await say('check');
  // A relay takes its port before it opens its store.
  await one.running.kill('SIGTERM');
  await assert.rejects(it.start(0), (error: Error) => {
    said.push(error.message);
    return /password authentication failed/.test(error.message);
  });
  said.push(one.running.log());
  for (const text of said) assert.doesNotMatch(text, /marked|p%40%3A|p@:/);
});
