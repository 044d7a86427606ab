import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * `npm run test:kills -- [COUNT]`: the test of a relay that is killed, with 200 kills or so many. Several relays on one
 * PostgreSQL: `bash .ci/postgres npm run test:kills`.
 */
const [count = '200'] = process.argv.slice(2);
const test = join(
  import.meta.dirname,
  process.env.RELAY_STORE === undefined ? 'kill.test.ts' : 'many.test.ts',
);
const env = { ...process.env, RELAY_KILLS: count };
const { status } = spawnSync(process.execPath, ['--test', test], { env, stdio: 'inherit' });
process.exitCode = status ?? 1;
