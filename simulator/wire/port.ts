import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A server's place on a host, which it may leave and come back to. */
export function createPort(server: Server | SecureServer, host: string) {
  const sockets = new Set<Socket>();
  let refusing = false;
  let port = 0;

  // Before the server's own listeners, so that it never begins to speak.
  server.prependListener('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    if (refusing) socket.resetAndDestroy();
  });

  /** The server's own closing waits for stalled answers and unfinished handshakes; these are ended at once. */
  function hangUp() {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
  }

  async function listen(wanted: number): Promise<number> {
    server.listen(wanted, host);
    await once(server, 'listening');
    const address: AddressInfo | string | null = server.address();
    port = typeof address === 'object' && address ? address.port : wanted;
    return port;
  }

  async function close() {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    hangUp();
    await closed;
  }

  return {
    listen,
    close,
    /** Ends all connections; new ones are refused, or taken and reset. */
    async away(how: 'refused' | 'reset') {
      if (how === 'refused') return close();
      refusing = true;
      hangUp();
    },
    /** Takes connections again, at the same port. */
    async back() {
      refusing = false;
      if (!server.listening) await listen(port);
    },
  };
}
