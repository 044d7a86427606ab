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

export async function startTcpProxy(target: number, watcher?: Watcher): Promise<TcpProxy> {
  let way: 'open' | 'cut' | 'hung' = 'open';
  let delay = 0;
  let to = target;
  const sockets = new Set<Socket>();
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };

  // Without a delay, as PostgreSQL and its driver send: else a second small piece waits for the first one's acknowledgement.
  const server = createServer({ noDelay: true }, near => {
    near.on('error', () => near.destroy());
    if (way === 'cut') return void near.destroy();
    const far = connect({ port: to, host: '127.0.0.1', noDelay: true });
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

/** Without TLS. Statements may be sent together: each Sync, or simple Query, has an answer that ends with ReadyForQuery. */
function watch(near: Socket, far: Socket, { asked, answered }: Watcher): void {
  // The first answer is the one to the startup message.
  let open = 1;
  asked(near);
  near.on(
    'data',
    eachMessage(true, letter => {
      if (letter !== 'S' && letter !== 'Q') return;
      open += 1;
      asked(near);
    }),
  );
  near.on('close', () => answered(near));
  far.on(
    'data',
    eachMessage(false, letter => {
      if (letter !== 'Z') return;
      open -= 1;
      if (open === 0) answered(near);
    }),
  );
}

/** Finds the letters of messages in the pieces of a stream; the startup message of a client has none. */
function eachMessage(begins: boolean, heard: (letter: string) => void): (piece: Buffer) => void {
  let rest = Buffer.alloc(0);
  let letters = begins ? 0 : 1;
  return piece => {
    rest = Buffer.concat([rest, piece]);
    while (rest.length >= letters + 4) {
      const end = letters + rest.readUInt32BE(letters);
      if (rest.length < end) return;
      if (letters > 0) heard(rest.toString('latin1', 0, 1));
      letters = 1;
      rest = rest.subarray(end);
    }
  };
}
