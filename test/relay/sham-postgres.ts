import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * As much of PostgreSQL as a client meets first: it agrees on TLS or has none, lets everybody in, and answers each
 * question with its major version (postgresql.org/docs/current/protocol.html).
 */
export interface ShamPostgres {
  port: number;
  stop(): Promise<void>;
}

const SSL_REQUEST = 80_877_103;
const READY = message('Z', 'I');
const LET_IN = Buffer.concat([message('R', '\0\0\0\0'), READY]);
/** One column, `version`, as text of an integer. */
const COLUMN = '\0\x01version\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0';

export async function startShamPostgres(
  version: number,
  tls?: { certificatePem: string; keyPem: string },
): Promise<ShamPostgres> {
  const answer = Buffer.concat([
    message('T', COLUMN),
    message('D', `\0\x01\0\0\0${String.fromCharCode(String(version).length)}${version}`),
    message('C', 'SELECT 1\0'),
    READY,
  ]);
  const serve = (socket: Socket) => {
    socket.once('data', () => {
      socket.write(LET_IN);
      socket.on('data', piece => {
        const letter = piece.toString('latin1', 0, 1);
        if (letter === 'P') socket.write(Buffer.concat([message('1', ''), message('2', ''), answer]));
        else if (letter === 'Q') socket.write(answer);
      });
    });
  };
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', first => {
      if (first.readUInt32BE(4) !== SSL_REQUEST) return void socket.destroy();
      socket.write(tls ? 'S' : 'N');
      if (!tls) return;
      const { certificatePem: cert, keyPem: key } = tls;
      const secure = new TLSSocket(socket, { isServer: true, cert, key });
      secure.on('error', () => {});
      serve(secure);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A message of the server: its letter, its length, and what it says. */
function message(letter: string, text: string): Buffer {
  const body = Buffer.from(text, 'latin1');
  const head = Buffer.alloc(5, letter, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
