import type { Server } from 'node:https';

/**
 * Node 24 pauses its parser when a request arrives before the last answer has left the socket, as it may after an answer
 * of 64 KiB or more. TLS still hands the parser the records that have arrived, and a request of more than one record
 * (16 KiB) fails with "Parse Error: Paused". A socket that says it has drained is not paused.
 */
export function keepReading(server: Server): void {
  server.on('request', ({ socket }) => socket.emit('drain'));
}
