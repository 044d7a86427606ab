import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { connect, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { connect as connectSecurely } from 'node:tls';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { guardDoor } from '../../src/relay/hear/door.ts';

const LIMITS = { silence: 2_000, silent: 10, little: 100, perAddress: 400, inAll: 1_000 };
const authority = await createAuthority('door');
const { certificatePem: cert, keyPem: key } = await authority.issueServer({ hostNames: ['127.0.0.1'] });
const ends: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A door that answers "in", and how one speaks to it. */
async function door(secure: boolean) {
  const server = secure ? createSecure({ cert, key }) : createServer();
  server.on('request', (_, response) => response.end('in'));
  guardDoor(server, LIMITS);
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

for (const secure of [false, true]) {
  const by = secure ? 'https' : 'http';
  test(`a door of ${by}: connections that never speak shut nobody out, and are closed soon`, async () => {
    const { speak, silent } = await door(secure);
    const sockets = await Promise.all(Array.from({ length: 300 }, silent));
    const closed = sockets.map(socket => once(socket, 'close'));
    for (const socket of sockets) socket.resume();
    const began = performance.now();
    assert.match(await speak(), /in$/);
    assert.ok(performance.now() - began < 1_500);
    await Promise.all(closed);
    assert.ok(performance.now() - began < 5_000);
  });
}

test('a door lets in a burst of those that speak', async () => {
  const { speak } = await door(false);
  const said = await Promise.all(Array.from({ length: 150 }, speak));
  assert.ok(said.every(text => text.endsWith('in')));
});

test('a door lets no more in from one address than that', async () => {
  const { silent } = await door(false);
  const sockets = await Promise.all(Array.from({ length: 420 }, silent));
  let ended = 0;
  for (const socket of sockets) socket.on('close', () => (ended += 1)).resume();
  await new Promise(resolve => setTimeout(resolve, 50));
  assert.ok(ended >= 20, String(ended));
});
