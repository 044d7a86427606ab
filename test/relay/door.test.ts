import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { connect, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { connect as connectSecurely } from 'node:tls';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { type Door, guardDoor } from '../../src/relay/hear/door.ts';

const LIMITS = { silence: 60_000, silent: 10, little: 100, perAddress: 400, inAll: 1_000 };
/** How long a busy machine may take, ms. */
const PATIENCE = 30_000;
const authority = await createAuthority('door');
const { certificatePem: cert, keyPem: key } = await authority.issueServer({ hostNames: ['127.0.0.1'] });
const ends: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A door that answers "in", and how one speaks to it. */
async function door(secure: boolean, more: Partial<Door> = {}) {
  const server = secure ? createSecure({ cert, key }) : createServer();
  server.on('request', (_, response) => response.end('in'));
  guardDoor(server, { ...LIMITS, ...more });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const speak = async (): Promise<string> => {
    const socket = secure
      ? connectSecurely({ port, host: '127.0.0.1', ca: authority.certificatePem })
      : connect(port, '127.0.0.1');
    ends.push(() => socket.destroy());
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n');
    let text = '';
    for await (const piece of socket) text += piece;
    return text;
  };
  const silent = (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    ends.push(() => socket.destroy());
    socket.on('error', () => {});
    return once(socket, 'connect').then(() => socket);
  };
  return { speak, silent };
}

/** Resolves when so many of the sockets are closed. */
async function closings(sockets: readonly Socket[], count: number): Promise<void> {
  const all = Promise.withResolvers<void>();
  let closed = 0;
  for (const socket of sockets) {
    socket.on('close', () => {
      closed += 1;
      if (closed === count) all.resolve();
    });
    socket.resume();
  }
  await all.promise;
}

for (const secure of [false, true]) {
  const by = secure ? 'https' : 'http';
  test(`a door of ${by}: connections that never speak shut nobody out`, { timeout: PATIENCE }, async () => {
    const { speak, silent } = await door(secure);
    const sockets = await Promise.all(Array.from({ length: 300 }, silent));
    const closed = closings(sockets, 300 - LIMITS.silent);
    assert.match(await speak(), /in$/);
    await closed;
  });

  test(`a door of ${by}: connections that never speak are closed soon`, { timeout: PATIENCE }, async () => {
    const { silent } = await door(secure, { silence: 500 });
    await closings(await Promise.all(Array.from({ length: LIMITS.silent }, silent)), LIMITS.silent);
  });
}

test('a door lets in a burst of those that speak', async () => {
  const { speak } = await door(false);
  const said = await Promise.all(Array.from({ length: 150 }, speak));
  assert.ok(said.every(text => text.endsWith('in')));
});

test('a door lets no more in from one address than that', { timeout: PATIENCE }, async () => {
  const { silent } = await door(false, { silent: 1_000 });
  await closings(await Promise.all(Array.from({ length: 420 }, silent)), 20);
});
