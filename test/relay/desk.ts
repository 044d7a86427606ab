import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import type { Listen, Subscription } from '../../src/relay/config/settings.ts';
import { createIntake } from '../../src/relay/hear/intake.ts';
import { type Receiver, type Receiving, receive } from '../../src/relay/hear/receive.ts';
import { createMetrics } from '../../src/relay/metrics.ts';
import type { Delivery } from '../../src/relay/store/delivery.ts';
import { openStore, type Store } from '../../src/relay/store/store.ts';
import { keepingLog } from '../sites-for-tests.ts';
import { storePlace } from './store-place.ts';
import { createTime } from './time.ts';

export const SECRET = 'marked-secret-of-the-callback';
export const APP = '31ee79a6-0949-4175-ba0e-1866a60e3336';
export const OTHER = 'a5852393-6d0c-4842-9ddf-3c49b1bd3446';

const SUBSCRIPTION: Subscription = {
  name: 'app-updated',
  site: {
    name: 'dev',
    names: [],
    url: 'https://dev:4242',
    credentials: { kind: 'jwt', jwt: 'a.b.c' },
    ca: undefined,
    user: 'INTERNAL\\sa_api',
    serverName: undefined,
    insecure: false,
    concurrency: 2,
  },
  entity: 'App',
  changes: ['update', 'delete'],
  filter: undefined,
  property: undefined,
  when: { properties: {}, tags: { has: [], lacks: [] }, status: undefined },
  ignoreUsers: [],
  send: { repository: 'acme/events', event: 'qlik-app-updated' },
  quiet: 5_000,
  maxWait: 60_000,
};

export interface Desk {
  port: number;
  /** Of the store. */
  place: string;
  receiver: Receiver;
  lines: string[];
  missed: string[];
  /** What is in the file, as another process sees it. */
  stored(): Promise<Delivery[]>;
  post(body: unknown, path?: string, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  /** The value of a series of /metrics; its labels as they stand there. */
  series(name: string): Promise<number | undefined>;
}

interface Answer {
  status: number;
  body: string;
  headers: Record<string, unknown>;
}
export const endings: (() => Promise<unknown> | unknown)[] = [];

export interface DeskOptions {
  subscription?: Partial<Subscription>;
  listen?: Partial<Listen>;
  store?: (real: Store) => Partial<Store>;
  limit?: number;
  patience?: NonNullable<Receiving['patience']>;
}

/** The receiver with a store behind it, on a port of its own. */
export async function desk(options: DeskOptions = {}): Promise<Desk> {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-receive-'));
  const path = await storePlace(join(folder, 'relay.db'));
  endings.push(() => rmSync(folder, { recursive: true }));
  const real = await openStore(path);
  endings.push(() => real.close());
  const store = { ...real, ...options.store?.(real) };
  const { clock } = createTime();
  const log = keepingLog();
  const missed: string[] = [];
  const receiver = await receive({
    listen: {
      url: 'http://relay',
      host: '127.0.0.1',
      port: 0,
      status: undefined,
      tls: undefined,
      ...options.listen,
    },
    subscriptions: [{ ...SUBSCRIPTION, ...options.subscription }],
    secret: SECRET,
    intake: createIntake({ store, clock, share: options.limit ?? 1000 }, () => {}),
    store,
    metrics: createMetrics(),
    clock,
    log,
    share: options.limit ?? 1000,
    missed: ({ name }) => missed.push(name),
    gap: () => false,
    agrees: () => true,
    ...(options.patience ? { patience: options.patience } : {}),
  });
  endings.push(() => receiver.close());
  const call = async (method: 'GET' | 'POST', where: string, more = {}): Promise<Answer> => {
    const answer = await request(`http://127.0.0.1:${receiver.port}${where}`, { method, ...more });
    return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
  };
  const here: Desk = {
    port: receiver.port,
    place: path,
    receiver,
    lines: log.lines,
    missed,
    stored: async () => {
      const other = await openStore(path);
      try {
        return await other.list({ limit: 1000 });
      } finally {
        await other.close();
      }
    },
    post: (body, where = `/notify/app-updated/${SECRET}`, headers = { 'content-type': 'application/json' }) =>
      call('POST', where, { headers, body: typeof body === 'string' ? body : JSON.stringify(body) }),
    get: where => call('GET', where),
    series: async name => {
      const { body } = await call('GET', '/metrics');
      const line = body.split('\n').find(one => one.startsWith(`qrs_relay_${name} `));
      return line === undefined ? undefined : Number(line.split(' ')[1]);
    },
  };
  return here;
}

export const item = (more: Record<string, unknown> = {}) => ({
  changeType: 2,
  objectType: 'App',
  objectID: APP,
  changedProperties: ['modifiedDate', 'name'],
  engineID: '',
  modifiedDate: '2026-11-20T08:00:00.000Z',
  schemaPath: 'ExternalChangeInfo',
  ...more,
});
