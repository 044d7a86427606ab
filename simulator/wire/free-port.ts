import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Systems give the ports from 32768 on to everybody who asks for any: one of those could be taken in between. */
const LOWEST = 20_000;
const BLOCKS = 40;
const BLOCK = 300;
const TRIES = 1_000;
const HOST = '127.0.0.1';

/** The first port of this process's own block, and how many of the others it has looked at. */
let block: Promise<number> | undefined;
let looked = 0;

/**
 * A port for a server that is still to be started, or that leaves its port and takes it again. Each process chooses
 * from a block of its own, one port after the other: no neighbour takes a port while its server is away.
 */
export async function freePort(): Promise<number> {
  block ??= ownBlock();
  const first = await block;
  for (let tried = 0; tried < TRIES; tried += 1) {
    const port = first + 1 + (looked % (BLOCK - 1));
    looked += 1;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${first + 1} to ${first + BLOCK - 1} is free`);
}

/** A process holds the first port of its block as long as it lives: the system frees it however the process ends. */
async function ownBlock(): Promise<number> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const first = LOWEST + BLOCK * randomInt(BLOCKS);
    const held = await listenAt(first);
    if (held === undefined) continue;
    held.unref();
    return first;
  }
  throw new Error(`no block of ports from ${LOWEST} to ${LOWEST + BLOCKS * BLOCK} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = await listenAt(port);
  if (server === undefined) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** Undefined: somebody else listens there. */
async function listenAt(port: number) {
  const server = createServer(socket => socket.destroy());
  const listening = once(server, 'listening');
  server.listen(port, HOST);
  try {
    await listening;
    return server;
  } catch {
    return undefined;
  }
}
