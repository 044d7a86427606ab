import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i;

/**
 * On an address of loopback, answers only calls to an address or to localhost. A website whose name leads to this
 * machine could else read the status in the browser of somebody who works there.
 */
export function ownNames(server: FastifyInstance, host: string): void {
  if (!LOOPBACK.test(host)) return;
  server.addHook('onRequest', async ({ hostname }, reply) => {
    // Health checks that name no host are no browsers.
    const name = hostname.replace(/^\[|\]$/g, '').toLowerCase();
    if (name === '' || name === 'localhost' || isIP(name) !== 0) return;
    return reply.code(403).send({ error: 'Call it localhost, or by its address.' });
  });
}
