import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { z } from 'zod';
import type { SimulatedProxy } from '../../simulator/proxy/proxy.ts';
import type { Simulator } from '../../simulator/server.ts';
import { RemoteError } from '../../src/base/errors.ts';
import { connect, type Qrs } from '../../src/qrs/connection.ts';
import type { Site } from '../../src/sites/site.ts';
import { keepingLog, quickClock, type Stage, stage } from '../sites-for-tests.ts';
import { allWaysIn, type More, siteThrough, USERS, type Way } from '../ways-in.ts';

export interface Proxied extends Stage {
  proxies: { dev: SimulatedProxy; test: SimulatedProxy };
  /** Both sites, each reached in its way. */
  through(dev: Way, other: Way): Site[];
}

export async function on(more: More, check: (set: Proxied) => Promise<void>): Promise<void> {
  const apps = [{ name: 'Demo Build', stream: 'Everyone', size: '200 KB' }];
  const testData = { streams: ['Everyone', 'Review'], users: USERS, apps };
  const set = await stage({ devData: { users: USERS }, testData });
  const proxies = { dev: await allWaysIn(set.dev, more), test: await allWaysIn(set.test, more) };
  const through = (dev: Way, other: Way) => [
    siteThrough('dev', dev, { simulator: set.dev, proxy: proxies.dev }),
    siteThrough('test', other, { simulator: set.test, proxy: proxies.test }),
  ];
  try {
    await check({ ...set, proxies, through });
  } finally {
    await Promise.all([proxies.dev.stop(), proxies.test.stop(), set.stop()]);
  }
}

export async function reaching<T>(to: Site, work: (qrs: Qrs) => Promise<T>): Promise<T> {
  const qrs = connect(to, {
    clock: quickClock(),
    signal: new AbortController().signal,
    log: keepingLog(),
  });
  try {
    return await work(qrs);
  } finally {
    await qrs.close();
  }
}
export const read = (qrs: Qrs) =>
  qrs.json(z.unknown(), { method: 'GET', path: '/qrs/app', attempt: 'read apps' });

export const SPEC =
  'from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [Everyone, Review] }]\ndone: { tag: Promoted }';

export async function listening(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address: AddressInfo | string | null = server.address();
  return `https://localhost:${typeof address === 'object' ? address?.port : 0}`;
}

/** A server in the place of a site, made of one handler. */
export async function serving(
  authority: Simulator['authority'],
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const own = await authority.issueServer({ hostNames: ['localhost'] });
  return listening(createServer({ key: own.keyPem, cert: own.certificatePem }, handle));
}

export const failure = (call: Promise<unknown>) =>
  call.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => (error instanceof RemoteError ? error : assert.fail(String(error))),
  );

export function cut({ socket }: IncomingMessage) {
  socket.destroy();
}

export function fail(_: IncomingMessage, response: ServerResponse) {
  response.writeHead(503).end('starting');
}
