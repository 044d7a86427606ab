import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { checkStore } from '../../src/relay/check/store.ts';
import { openStore } from '../../src/relay/store/store.ts';
import { contents, execute, ofSqlite, storePlace } from './store-place.ts';

const POSTGRES = { skip: !ofSqlite && 'it needs PostgreSQL: npm run test:postgres' };
const check = async (place: string, clock = systemClock) =>
  (await checkStore(place, clock)).map(
    ({ level, what }) => `${level}: ${what.replace(/postgres:\S+/, 'DB')}`,
  );

test(
  'check: a database is reached, new enough, with rights and a clock that agrees, and is left as it is',
  POSTGRES,
  async () => {
    const place = await storePlace('');
    const before = await contents(place);
    const [server, tls, rights, clock, schema] = await check(place);
    assert.match(server ?? '', /^ok: The store DB is a PostgreSQL \d\d\.$/);
    assert.match(tls ?? '', /^warning: The store DB is reached without TLS/);
    assert.match(rights ?? '', /^ok: The user of the store DB has the rights/);
    assert.match(clock ?? '', /^ok: The clock of the store/);
    assert.match(schema ?? '', /^ok: The store DB is empty: "run" brings it to version/);
    assert.deepEqual(await contents(place), before);
    await (await openStore(place, 'run')).close();
    assert.match(
      (await check(place)).at(-1) ?? '',
      /^ok: The store DB is of version \d+, that of this relay/,
    );
    const late = { ...systemClock, now: () => systemClock.now() - 600_000 };
    // The answer of the database may be late on a busy machine.
    assert.match(
      (await check(place, late))[3] ?? '',
      /^warning: The clock of the store DB is (59|60)\d s ahead of/,
    );
  },
);

test('check: TLS is verified unless the URL says otherwise', POSTGRES, async () => {
  const place = await storePlace('');
  const secure = place.replace('sslmode=disable', 'sslmode=verify-full');
  assert.match(
    (await check(secure)).join('\n'),
    /^problem: The store DB does not answer: the server's certificate .* Add sslrootcert=PATH to the URL of store/,
  );
  const ca = `${secure}&sslrootcert=${process.env.RELAY_STORE_CA}`;
  assert.match((await check(ca))[0] ?? '', /^ok: The store DB is a PostgreSQL \d\d, reached over TLS/);
  const trusting = place.replace('sslmode=disable', 'sslmode=require');
  assert.match((await check(trusting))[0] ?? '', /reached over TLS/);
});

test(
  'check: a wrong password, a port where nobody listens, and a user without rights are problems',
  POSTGRES,
  async () => {
    const place = await storePlace('');
    const wrong = new URL(place);
    wrong.password = 'marked';
    const said = (await check(String(wrong))).join('\n');
    assert.match(said, /^problem: .* password authentication failed/);
    assert.doesNotMatch(said, /marked/);
    const nowhere = new URL(place);
    nowhere.port = '1';
    assert.match(
      (await check(String(nowhere))).join('\n'),
      /^problem: The store DB does not answer: nothing listens at 127\.0\.0\.1:1\. Does PostgreSQL run there/,
    );
    const schema = /search_path%3D(\w+)/.exec(place)?.[1] ?? '';
    await execute(place, `CREATE ROLE ${schema} LOGIN PASSWORD 'known'`);
    const poor = new URL(place);
    [poor.username, poor.password] = [schema, 'known'];
    const hears = async (saysOfRights: RegExp, atRun: RegExp) => {
      const rights = (await check(String(poor))).find(line => /rights|schema|may not/.test(line)) ?? '';
      assert.match(rights, saysOfRights);
      await assert.rejects(openStore(String(poor), 'run'), { name: 'StoreError', message: atRun });
    };
    await hears(
      /^problem: The store DB has no schema that its user may use: create one/,
      /no schema has been selected to create in/,
    );
    await execute(place, `GRANT USAGE ON SCHEMA ${schema} TO ${schema}`);
    await hears(
      /^problem: The user of the store DB may not create tables in the schema \w+: grant it CREATE/,
      /permission denied for schema/,
    );
    await execute(place, `GRANT CREATE ON SCHEMA ${schema} TO ${schema}`);
    await (await openStore(place, 'run')).close();
    await hears(
      /^problem: The user of the store DB may not change \d of its tables: let it own them/,
      /permission denied for table/,
    );
  },
);
