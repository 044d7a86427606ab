import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** What is let in, and for how long without a word. */
export interface Door {
  /** Connections at once, from one address and in all. */
  perAddress: number;
  inAll: number;
  /** How long a connection may be silent: before its first request, and between two, ms. */
  silence: number;
  /** When more than so many are silent, they may be so for `little` ms alone: the oldest go first. */
  silent: number;
  little: number;
}

/** QRS opens a connection for each call and sends it at once. Behind a proxy all calls have one address. */
const DOOR: Door = { perAddress: 1_000, inAll: 4_000, silence: 5_000, silent: 200, little: 500 };

/** Closes silent connections, so that they do not shut out QRS's calls. */
export function guardDoor(server: Server, limits: Partial<Door> = {}): void {
  const door = { ...DOOR, ...limits };
  const open = new Map<string, Socket>();
  /** Since when a connection has been silent, ms; the oldest first. */
  const silent = new Map<string, number>();
  const fallSilent = (name: string) => {
    silent.delete(name);
    if (open.has(name)) silent.set(name, performance.now());
  };
  const countOf = (address = '') => [...open.values()].filter(one => one.remoteAddress === address).length;

  server.maxConnections = door.inAll;
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    if (open.size >= door.perAddress && countOf(socket.remoteAddress) >= door.perAddress) {
      socket.destroy();
      return;
    }
    open.set(name, socket);
    fallSilent(name);
    socket.once('close', () => {
      open.delete(name);
      silent.delete(name);
    });
  });
  server.on('request', (request, response) => {
    // With TLS this is another socket, of the same address and port.
    const name = nameOf(request.socket);
    silent.delete(name);
    response.once('close', () => fallSilent(name));
  });
  const sweep = setInterval(() => {
    const now = performance.now();
    for (const [name, since] of silent) {
      const may = silent.size > door.silent ? door.little : door.silence;
      if (now - since < may) break;
      silent.delete(name);
      open.get(name)?.destroy();
    }
  }, door.little / 2);
  sweep.unref();
  server.once('close', () => clearInterval(sweep));
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
