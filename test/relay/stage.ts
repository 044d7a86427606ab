import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { z } from 'zod';
import { type GitHub, startGitHub } from '../../simulator/github/server.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { SiteData } from '../../simulator/site/data.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import type { FaultRule } from '../../simulator/wire/faults.ts';
import { freePort } from '../../simulator/wire/free-port.ts';
import { connectGitHub } from '../../src/github/client.ts';
import { type Dispatch, type DispatchOutcome, dispatch } from '../../src/github/dispatch.ts';
import { connect, type Qrs } from '../../src/qrs/connection.ts';
import type { Limits } from '../../src/qrs/limits.ts';
import { readConfig } from '../../src/relay/config/read.ts';
import { runRelay } from '../../src/relay/run.ts';
import { openStore, type Store } from '../../src/relay/store/store.ts';
import { keepingLog, siteOf } from '../sites-for-tests.ts';
import { watchTraffic } from './model/traffic.ts';
import { storePlace } from './store-place.ts';
import { createTime, type Time } from './time.ts';

export const REPOSITORY = 'acme/events';
const TOKEN = 'github_pat_relayrelayrelay';

/** What GitHub was told, as a workflow sees it. */
export const payloadSchema = z.looseObject({
  delivery: z.string(),
  site: z.string(),
  subscription: z.string(),
  entity: z.string(),
  change: z.string(),
  object: z.looseObject({ id: z.string(), name: z.string().nullish() }),
  changed: z.array(z.string()),
  count: z.number(),
  first: z.string(),
  last: z.string(),
});
export type Payload = z.infer<typeof payloadSchema>;

export interface RelayStage {
  time: Time;
  dev: Simulator;
  github: GitHub;
  /** As another user than the relay's, `DOMAIN\anna` unless said otherwise, would speak to the site. */
  qrs(user?: string): Qrs;
  lines: string[];
  /** Where the relay listens. */
  at: string;
  /** The configuration of the next start. */
  yaml: string;
  /** What comes of a call instead, where it is not GitHub as a whole or a repository that fails. */
  instead: (what: Dispatch) => DispatchOutcome | undefined;
  /** Starts the relay, and resolves when all is subscribed. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Payloads of all dispatches, in order. */
  told(): Payload[];
  /** Looks into the store as the command line does. */
  look<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** The site hears these requests and never answers them. */
  hang(rule: Omit<FaultRule, 'fault'>): void;
  /** Resolves when the calls of QRS that are under way have been answered. */
  heard(): Promise<void>;
  get(path: string): Promise<{ status: number; body: string }>;
  post(path: string, body: string): Promise<{ status: number; headers: Record<string, unknown> }>;
  secret(): Promise<string>;
  app(name: string): string;
  close(): Promise<void>;
}

export interface RelayStageOptions {
  subscriptions: string;
  /** More repositories that the relay may dispatch to. */
  repositories?: readonly string[];
  /** More of the configuration. */
  more?: string;
  data?: SiteData;
  switches?: SwitchesInput;
  /** Of calls to the site. */
  limits?: Partial<Limits>;
  /** So many loops of the relay never come to rest. */
  hanging?: number;
}

const APPS: NonNullable<SiteData['apps']> = ['Sales', 'Stock', 'Staff'].map(name => ({
  name,
  stream: 'Build',
  size: '10 KB',
}));

const open = new Set<RelayStage>();

/** A site, a GitHub and a relay between them, in one process, in a time of their own. */
export async function relayStage({
  subscriptions,
  repositories = [],
  more = '',
  data,
  switches,
  limits = {},
  hanging = 0,
}: RelayStageOptions): Promise<RelayStage> {
  const time = createTime();
  const hung: Omit<FaultRule, 'fault'>[] = [];
  const traffic = watchTraffic(undefined, asked => {
    const [path = '', query = ''] = asked.split('?', 2);
    return hung.some(rule => path.search(rule.path ?? '') >= 0 && query.search(rule.query ?? '') >= 0);
  });
  time.quiet = traffic.settled;
  const dev = await startSimulator({
    name: 'dev',
    clock: time.hand,
    data: {
      streams: ['Build'],
      tags: ['Promoted'],
      customProperties: { PromotionApproval: ['Approve', 'Deny'] },
      users: ['DOMAIN\\anna'],
      apps: APPS,
      ...data,
    },
    ...(switches ? { switches } : {}),
  });
  const github = await startGitHub({
    clock: time.hand,
    repositories: [REPOSITORY, 'acme/second', 'acme/broken', ...repositories].map(name => ({ name })),
    tokens: [
      {
        token: TOKEN,
        kind: 'fine-grained',
        repositories: [REPOSITORY, 'acme/second', ...repositories],
        permissions: { contents: 'write' },
      },
    ],
    switches: { apart: 1000 },
  });
  // What is there was there before.
  time.hand.advance(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-'));
  const port = await freePort();
  const path = await storePlace(join(folder, 'relay.db'));
  const yaml = `
sites:
  dev: { url: '${dev.url}', certificate: '${base64(dev.certificate)}', key: '${base64(dev.key)}', ca: '${base64(dev.ca)}' }
listen: { url: 'http://127.0.0.1:${port}', host: 127.0.0.1 }
github: { url: '${github.url}', token: ${TOKEN} }
store: '${path}'
subscriptions:
${subscriptions}
${more}`;
  const log = keepingLog();
  const connections: Qrs[] = [];
  let ending: { signal: AbortController; done: Promise<void> } | undefined;

  async function start() {
    const config = readConfig({ from: 'relay.yml', text: stage.yaml }, { environment: {}, secret: () => {} });
    const signal = new AbortController();
    const hub = connectGitHub({ ...config.github, environment: {}, clock: time.clock, log });
    const listening = Promise.withResolvers<void>();
    const done = runRelay(config, {
      clock: time.clock,
      log,
      send: async (what, until) => stage.instead(what) ?? dispatch(hub, what, until),
      signal: signal.signal,
      secret: () => {},
      random: () => 0.5,
      limits,
      listening: () => listening.resolve(),
    }).finally(() => hub.close());
    ending = { signal, done };
    await Promise.race([listening.promise, done]);
    // Deliver, hold and prune; two loops watch each type, and two review each filter of it.
    const types = new Set(config.subscriptions.map(({ entity }) => entity.toLowerCase()));
    const filters = new Set(config.subscriptions.map(({ entity, filter }) => `${entity} ${filter}`));
    time.loops = 3 + 2 * types.size + 2 * filters.size - hanging;
    await time.settled();
  }

  async function stop() {
    time.loops = 0;
    ending?.signal.abort();
    await ending?.done;
    ending = undefined;
  }

  const stage: RelayStage = {
    time,
    dev,
    github,
    lines: log.lines,
    at: `http://127.0.0.1:${port}`,
    yaml,
    instead: () => undefined,
    start,
    stop,
    qrs: (user = 'DOMAIN\\anna') => {
      const made = connect(
        { ...siteOf('dev', dev), user },
        { clock: time.clock, log, signal: new AbortController().signal },
      );
      connections.push(made);
      return made;
    },
    told: () => github.dispatches.map(({ client_payload }) => payloadSchema.parse(client_payload)),
    look: async work => {
      const store = await openStore(path);
      try {
        return await work(store);
      } finally {
        await store.close();
      }
    },
    hang: rule => {
      dev.faults.add({ times: 100_000, ...rule, fault: { late: 86_400_000, heard: 'nothing' } });
      hung.push(rule);
    },
    heard: async () => {
      await dev.notified();
      await time.settled();
    },
    get: async where => {
      const { statusCode, body } = await request(`http://127.0.0.1:${port}${where}`);
      return { status: statusCode, body: await body.text() };
    },
    post: async (where, body) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await request(`http://127.0.0.1:${port}${where}`, { method: 'POST', body, headers });
      await answer.body.dump();
      return { status: answer.statusCode, headers: answer.headers };
    },
    secret: () => stage.look(store => store.setting('secret', () => '')),
    app: name => [...dev.site.apps.values()].find(one => one.name === name)?.id ?? '',
    close: async () => {
      open.delete(stage);
      await stop();
      await Promise.all(connections.map(qrs => qrs.close()));
      await Promise.all([dev.stop(), github.stop()]);
      traffic.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  open.add(stage);
  return stage;
}

/** Closes what a test has opened, after it: GitHub must have found nothing wrong with the calls. */
export async function endStages(): Promise<void> {
  for (const stage of open) {
    await stage.close();
    assert.deepEqual(stage.github.breaches, []);
  }
}

function base64(pem: string): string {
  return Buffer.from(pem).toString('base64');
}
