import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between a relay and its database. */
export interface TcpProxy {
  port: number;
  /** Ends all connections, and refuses new ones. */
  cut(): void;
  /** Keeps all connections, and passes nothing on: a partition of the network. */
  hang(): void;
  /** Passes each piece on so much later, ms. */
  slow(ms: number): void;
  heal(): void;
  /** New connections lead to another port from now on, and those that are open end. */
  lead(port: number): void;
  stop(): Promise<void>;
}

/** Called with a connection when PostgreSQL is asked something over it, and when it has answered or ended. */
export interface Watcher {
  asked(connection: object): void;
  answered(connection: object): void;
}

/** Each answer ends with ReadyForQuery: these bytes, and one for the state of the transaction. */
const READY = String.fromCharCode(0x5a, 0, 0, 0, 5);

export async function startTcpProxy(target: number, watcher?: Watcher): Promise<TcpProxy> {
  let way: 'open' | 'cut' | 'hung' = 'open';
  let delay = 0;
  let to = target;
  const sockets = new Set<Socket>();
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };

  const server = createServer(near => {
    near.on('error', () => near.destroy());
    if (way === 'cut') return void near.destroy();
    const far = connect(to, '127.0.0.1');
    if (watcher) watch(near, far, watcher);
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => from.destroy());
      from.on('data', piece => {
        if (way === 'hung') return;
        if (delay === 0) into.write(piece);
        else setTimeout(() => into.write(piece), delay);
      });
      from.on('close', () => {
        // Who is behind a partition does not hear of it.
        if (way !== 'hung') into.destroy();
        sockets.delete(from);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cut: () => {
      way = 'cut';
      end();
    },
    hang: () => {
      way = 'hung';
    },
    slow: ms => {
      delay = ms;
    },
    heal: () => {
      // What was lost in a partition is missing in its connections.
      if (way === 'hung') end();
      [way, delay] = ['open', 0];
    },
    lead: port => {
      to = port;
      end();
    },
    stop: async () => {
      end();
      server.close();
      await once(server, 'close');
    },
  };
}

function watch(near: Socket, far: Socket, { asked, answered }: Watcher): void {
  let last = '';
  asked(near);
  near.on('data', () => asked(near));
  near.on('close', () => answered(near));
  far.on('data', (piece: Buffer) => {
    last = `${last}${piece.subarray(-6).toString('latin1')}`.slice(-6);
    if (last.startsWith(READY)) answered(near);
  });
}
