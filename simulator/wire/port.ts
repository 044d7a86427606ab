import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { freePort } from './free-port.ts';

/** A free port may be taken before the server listens there. */
const TRIES = 100;

/** The port of a server, which it may leave and take again. */
export function createPort(server: Server | SecureServer, host: string) {
  const sockets = new Set<Socket>();
  let refusing = false;
  let port = 0;

  // Runs before the server's own listeners, so that a reset connection gets no byte from the server.
  server.prependListener('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    if (refusing) socket.resetAndDestroy();
  });

  /** Ends stalled answers and unfinished handshakes at once; the server's own close would wait for them. */
  function hangUp() {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
  }

  /** At the wanted port, or a free one for 0. */
  async function listen(wanted: number): Promise<number> {
    for (let tried = 1; ; tried += 1) {
      port = wanted === 0 ? await freePort() : wanted;
      server.listen(port, host);
      try {
        await once(server, 'listening');
        return port;
      } catch (error) {
        if (wanted !== 0 || tried === TRIES) throw error;
      }
    }
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
    /** Ends all connections. New connections are refused, or accepted and reset. */
    async away(how: 'refused' | 'reset') {
      if (how === 'refused') return close();
      refusing = true;
      hangUp();
    },
    /** Accepts connections again, at the same port. */
    async back() {
      refusing = false;
      if (!server.listening) await listen(port);
    },
  };
}
