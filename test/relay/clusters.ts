import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../simulator/wire/free-port.ts';
import { execute } from './store-place.ts';

/** A primary and its standby, each in a folder of its own; what the primary commits is on the standby first. */
export interface Clusters {
  /** The URL of the primary, which is that of the standby but for its port. */
  url: string;
  standby: { port: number; url: string };
  /** The primary dies as in a loss of power. */
  killPrimary(): Promise<void>;
  /** Makes the standby the primary; resolves when it takes changes. */
  promote(): Promise<void>;
  stop(): void;
}

/** PostgreSQL refuses to run as root, so then it runs as the user that the package makes, as in .ci/postgres. */
const OWNER = 'postgres';
const isRoot = process.getuid?.() === 0;
const CONFIGURATION = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
log_min_messages = fatal
`;

export async function startClusters(bin: string): Promise<Clusters> {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-clusters-'));
  const owner = isRoot ? ownerOf() : undefined;
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const run = async (program: string, ...args: string[]) => {
    // A server that pg_ctl starts keeps its standard output, and would keep this process waiting for its end.
    const logged = program === 'pg_ctl' ? ['-l', join(folder, 'log'), ...args] : args;
    await promisify(execFile)(join(bin, program), logged, { cwd: folder, ...owner });
  };
  const password = randomBytes(12).toString('hex');
  const secret = join(folder, 'password');
  writeFileSync(secret, password, { mode: 0o600 });
  if (owner) chownSync(secret, owner.uid, owner.gid);
  const [primary, standby] = await Promise.all(
    ['primary', 'standby'].map(async name => ({ data: join(folder, name), port: await freePort() })),
  );
  if (!primary || !standby) throw new Error('two clusters were asked for');
  const urlAt = (port: number) => `postgres://relay:${password}@127.0.0.1:${port}/postgres?sslmode=disable`;
  const start = ({ data, port }: typeof primary) =>
    run('pg_ctl', '-D', data, '-o', `-p ${port}`, '-s', '-w', 'start');
  await run(
    'initdb',
    '-D',
    primary.data,
    '-U',
    'relay',
    `--pwfile=${secret}`,
    '--auth=scram-sha-256',
    '--locale=C',
    '--encoding=UTF8',
    '--no-sync',
  );
  appendFileSync(join(primary.data, 'postgresql.conf'), CONFIGURATION);
  await start(primary);
  await run(
    'pg_basebackup',
    '-D',
    standby.data,
    '-R',
    '-X',
    'stream',
    '-c',
    'fast',
    '--no-sync',
    '-d',
    urlAt(primary.port),
  );
  await start(standby);
  const setting = "ALTER SYSTEM SET synchronous_standby_names = '*'";
  await execute(urlAt(primary.port), setting);
  await execute(urlAt(primary.port), 'SELECT pg_reload_conf()');
  return {
    url: urlAt(primary.port),
    standby: { port: standby.port, url: urlAt(standby.port) },
    killPrimary: () => run('pg_ctl', '-D', primary.data, '-m', 'immediate', '-s', 'stop'),
    promote: async () => {
      await run('pg_ctl', '-D', standby.data, '-s', '-w', 'promote');
      // Nobody follows the new primary: it waits for nobody.
      await execute(urlAt(standby.port), "ALTER SYSTEM SET synchronous_standby_names = ''");
      await execute(urlAt(standby.port), 'SELECT pg_reload_conf()');
    },
    stop: () => {
      for (const { data } of [primary, standby])
        spawnSync(join(bin, 'pg_ctl'), ['-D', data, '-m', 'immediate', '-s', 'stop'], {
          cwd: folder,
          ...owner,
        });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ownerOf(): { uid: number; gid: number } {
  const idOf = (flag: string) => Number(spawnSync('id', [flag, OWNER], { encoding: 'utf8' }).stdout);
  return { uid: idOf('-u'), gid: idOf('-g') };
}
