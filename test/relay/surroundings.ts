import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { request } from 'undici';
import { z } from 'zod';
import { type GitHub, startGitHub } from '../../simulator/github/server.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import { freePort } from '../../simulator/wire/free-port.ts';
import { systemClock } from '../../src/base/clock.ts';
import { readApp } from '../../src/qrs/apps/find.ts';
import { connect } from '../../src/qrs/connection.ts';
import { openStore, type Store } from '../../src/relay/store/store.ts';
import { keepingLog, siteOf } from '../sites-for-tests.ts';
import { startBalancer } from './balancer.ts';
import { ofSqlite, storePlace } from './store-place.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const REPOSITORY = 'acme/events';
const TOKEN = 'github_pat_relayrelayrelay';

/** What a relay in a process of its own has around it: a site, GitHub, a configuration, and a store in a file. */
export interface Surroundings {
  dev: Simulator;
  github: GitHub;
  /** Paths. */
  config: string;
  /** With PostgreSQL: each relay has its own configuration, and its own way to the database. */
  relays: readonly { config: string; at: string; database: TcpProxy }[];
  store: string;
  /** Where the relay listens. */
  at: string;
  /** The callback's address, once a relay has made the store. */
  callback(): Promise<string>;
  /** Resolves once the relay has subscribed and asked what has changed: earlier changes are not its business. */
  watched(): Promise<void>;
  get(path: string): Promise<{ status: number; body: string }>;
  /** Undefined: there was no answer. */
  post(body: unknown): Promise<{ status: number; retryAfter: string | undefined } | undefined>;
  /** Renames an app over QRS, as a user does: QRS tells of it. */
  rename(id: string, name: string): Promise<void>;
  /** Renames it behind QRS's back: nobody tells of it, and nobody finds it by asking. */
  renameSecretly(id: string, name: string): void;
  look<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** SQLite's own check, of a copy: the relay itself is to find the store as it was left. PostgreSQL has none. */
  integrity(): unknown;
  stop(): Promise<void>;
}

const SUBSCRIPTION = 'apps';

export async function surround(options: {
  apps: NonNullable<SiteData['apps']>;
  quiet: string;
  maxWait: string;
  backlog?: number;
  /** How many share the store, behind one address; with PostgreSQL alone. */
  relays?: number;
  /** On SQLite, whatever the others are on. */
  onFile?: boolean;
  /** Another PostgreSQL than that of all tests, by its URL. */
  base?: string;
}): Promise<Surroundings> {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-'));
  const data = { streams: ['Build'], users: ['DOMAIN\\anna'], apps: options.apps };
  // That the apps were made must not be news: only what is told afterwards is.
  const dev = await startSimulator({ name: 'dev', data, switches: { ahead: -86_400_000 } });
  dev.site.switches.ahead = 0;
  const github = await startGitHub({
    repositories: [{ name: REPOSITORY }],
    tokens: [
      { token: TOKEN, kind: 'fine-grained', repositories: [REPOSITORY], permissions: { contents: 'write' } },
    ],
    switches: { perHour: 0 },
  });
  const port = await freePort();
  const many = await Promise.all(
    Array.from({ length: options.relays ?? 0 }, async (_, index) => ({
      config: join(folder, `relay-${index}.yml`),
      port: await freePort(),
      database: await startTcpProxy(Number(new URL(options.base ?? process.env.RELAY_STORE ?? '').port)),
    })),
  );
  const balancer = await startBalancer(many.map(({ port }) => `http://127.0.0.1:${port}`));
  const file = join(folder, 'relay.db');
  const store = options.onFile ? file : await storePlace(file, options.base);
  const config = join(folder, 'relay.yml');
  const { url, certificate, key, ca } = dev;
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  // JSON is YAML.
  const text = (given: { port: number; place: string; url: string }) =>
    JSON.stringify({
      sites: { dev: { url, certificate: base64(certificate), key: base64(key), ca: base64(ca) } },
      listen: { url: given.url, port: given.port, host: '127.0.0.1' },
      github: { url: github.url, token: TOKEN },
      store: given.place,
      // Whoever adds up afterwards needs all of it.
      history: { rows: 1_000_000 },
      ...(options.backlog === undefined ? {} : { backlog: options.backlog }),
      subscriptions: [
        {
          name: SUBSCRIPTION,
          site: 'dev',
          entity: 'App',
          send: { repository: REPOSITORY, event: 'qlik-app-updated' },
          quiet: options.quiet,
          'max-wait': options.maxWait,
        },
      ],
    });
  const at = `http://127.0.0.1:${many.length > 0 ? balancer.port : port}`;
  writeFileSync(config, text({ port, place: store, url: at }));
  for (const one of many) {
    const place = new URL(store);
    place.port = String(one.database.port);
    writeFileSync(one.config, text({ port: one.port, place: String(place), url: at }));
  }
  const anna = connect(
    { ...siteOf('dev', dev), user: 'DOMAIN\\anna' },
    { clock: systemClock, log: keepingLog(), signal: new AbortController().signal },
  );
  let callback: string | undefined;

  const look: Surroundings['look'] = async work => {
    const opened = await openStore(store);
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  };

  const around: Surroundings = {
    dev,
    github,
    config,
    relays: many.map(({ port, ...same }) => ({ ...same, at: `http://127.0.0.1:${port}` })),
    store,
    at,
    look,
    callback: async () => {
      callback ??= `/notify/${SUBSCRIPTION}/${await look(one => one.setting('secret', () => ''))}`;
      return callback;
    },
    watched: async () => {
      for (let tries = 0; tries < 600; tries += 1) {
        if (await look(async one => (await one.watches()).some(({ until }) => until !== undefined))) return;
        await wait(100);
      }
      throw new Error('the relay did not subscribe within a minute');
    },
    get: async path => {
      const { statusCode, body } = await request(`${at}${path}`);
      return { status: statusCode, body: await body.text() };
    },
    post: async body => {
      const headers = { 'content-type': 'application/json' };
      try {
        const url = `${at}${await around.callback()}`;
        const answer = await request(url, { method: 'POST', body: JSON.stringify(body), headers });
        await answer.body.dump();
        const after = answer.headers['retry-after'];
        return { status: answer.statusCode, retryAfter: typeof after === 'string' ? after : undefined };
      } catch {
        return undefined;
      }
    },
    rename: async (id, name) => {
      const app = await readApp(anna, id);
      await anna.send({ method: 'PUT', path: `/qrs/app/${id}`, body: { ...app, name }, attempt: 'rename' });
    },
    renameSecretly: (id, name) => {
      const app = dev.site.apps.get(id);
      if (!app) throw new Error(`there is no app ${id}`);
      app.name = name;
      app.modifiedDate = dev.site.now();
      app.modifiedByUserName = 'DOMAIN\\anna';
    },
    integrity: () => {
      if (ofSqlite) return 'ok';
      const copy = join(folder, 'copy.db');
      for (const end of ['', '-wal']) {
        rmSync(`${copy}${end}`, { force: true });
        if (existsSync(`${store}${end}`)) copyFileSync(`${store}${end}`, `${copy}${end}`);
      }
      const database = new DatabaseSync(copy);
      try {
        const found = database.prepare('PRAGMA integrity_check').get();
        return z.object({ integrity_check: z.string() }).parse(found).integrity_check;
      } finally {
        database.close();
      }
    },
    stop: async () => {
      await anna.close();
      await Promise.all([
        dev.stop(),
        github.stop(),
        balancer.stop(),
        ...many.map(one => one.database.stop()),
      ]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return around;
}

/** What QRS posts when an app is updated; `changed` is free for a mark of one's own. */
export function notification(dev: Simulator, id: string, changed: readonly string[] = ['name']): object {
  const modifiedDate = dev.site.apps.get(id)?.modifiedDate;
  return { changeType: 2, objectType: 'App', objectID: id, changedProperties: changed, modifiedDate };
}
