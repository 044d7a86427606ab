import * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import { CLOCK_TOLERANCE } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { type Finding, ok, problem, warning } from '../../base/finding.ts';
import { shownStore } from '../store/postgres-place.ts';
import { type Database, StoreError, sql } from '../store/sql.ts';
import { OlderStoreError, openDatabase, openStore } from '../store/store.ts';

const facts = z.object({
  version: z.number(),
  tls: z.boolean(),
  standby: z.boolean(),
  schema: z.string().nullable(),
  create: z.boolean(),
  /** Tables of the schema that the user may not change. */
  refused: z.number(),
  now: z.number(),
});

/** Whether relays can keep their changes in a PostgreSQL. Nothing is written. */
export async function checkDatabase(
  place: string,
  clock: Clock,
  steps: readonly string[],
): Promise<Finding[]> {
  const shown = shownStore(place);
  let db: Database | undefined;
  try {
    db = await openDatabase(place, 'look', steps.length);
    const found = facts.parse(await db.get(FACTS));
    const findings = [
      ...aboutServer(shown, found),
      ...aboutRights(shown, found),
      aboutClock(shown, found, clock),
    ];
    return [...findings, await aboutSchema(place, shown, steps)];
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return [problem(messageOf(error))];
  } finally {
    await db?.close();
  }
}

const FACTS = sql`SELECT CAST(current_setting('server_version_num') AS INTEGER) / 10000 AS version,
  coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS tls,
  pg_is_in_recovery() AS standby, current_schema() AS schema,
  coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS create,
  (SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND NOT (
    has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'SELECT')
    AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'INSERT')
    AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'UPDATE')
    AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'DELETE'))) AS refused,
  CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) AS now`;

type ServerFacts = z.output<typeof facts>;

function aboutServer(shown: string, { version, tls, standby }: ServerFacts): Finding[] {
  const findings = [ok(`The store ${shown} is a PostgreSQL ${version}${tls ? ', reached over TLS' : ''}.`)];
  if (standby)
    findings.push(
      problem(`The store ${shown} is a standby, and takes no changes: name the primary in store.`),
    );
  if (!tls) {
    const what = 'whoever is on the way can read the password and the changes. Leave out sslmode=disable';
    findings.push(warning(`The store ${shown} is reached without TLS: ${what}, unless it is this machine.`));
  }
  return findings;
}

function aboutRights(shown: string, { schema, create, refused }: ServerFacts): Finding[] {
  if (schema === null)
    return [problem(`The store ${shown} has no schema that its user may use: create one.`)];
  if (!create) {
    const what = `may not create tables in the schema ${schema}: grant it CREATE`;
    return [problem(`The user of the store ${shown} ${what}.`)];
  }
  if (refused > 0)
    return [
      problem(
        `The user of the store ${shown} may not change ${refused} of its tables: let it own them, or grant it ALL on them.`,
      ),
    ];
  return [ok(`The user of the store ${shown} has the rights that it needs in the schema ${schema}.`)];
}

function aboutClock(shown: string, { now }: ServerFacts, clock: Clock): Finding {
  const ahead = now - clock.now();
  if (Math.abs(ahead) <= CLOCK_TOLERANCE)
    return ok(`The clock of the store ${shown} agrees with this machine's.`);
  const off = `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's`;
  return warning(`The clock of the store ${shown} is ${off}: put one of them right.`);
}

async function aboutSchema(place: string, shown: string, steps: readonly string[]): Promise<Finding> {
  try {
    await (await openStore(place, 'look', { steps })).close();
    return ok(`The store ${shown} is of version ${steps.length}, that of this relay.`);
  } catch (error) {
    if (error instanceof OlderStoreError) return ok(messageOf(error));
    if (error instanceof StoreError) return problem(messageOf(error));
    throw error;
  }
}
