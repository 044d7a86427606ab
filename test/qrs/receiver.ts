import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { z } from 'zod';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { connect, type Qrs } from '../../src/qrs/connection.ts';
import { keepingLog, quickClock } from '../sites-for-tests.ts';

/**
 * A site that does nothing but take uploads, each as `take` does it, and answers with what it got: unlike the
 * simulator, it can be as slow as a test wants.
 */
export function onReceiver(
  take: (request: IncomingMessage) => AsyncIterable<Uint8Array>,
  check: (qrs: Qrs, connections: () => number) => Promise<void>,
): Promise<void> {
  return onSite(async (request, response) => {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of take(request)) {
      hash.update(piece);
      bytes += piece.length;
    }
    response.end(JSON.stringify({ bytes, sha256: hash.digest('hex') }));
  }, check);
}

/** A site that answers as `answer` does. */
export async function onSite(
  answer: RequestListener,
  check: (qrs: Qrs, connections: () => number) => Promise<void>,
): Promise<void> {
  const authority = await createAuthority('receiver root');
  const { certificatePem: cert, keyPem: key } = await authority.issueServer({ hostNames: ['127.0.0.1'] });
  const client = await authority.issueClient({ name: 'QlikClient' });
  const server = createServer({ cert, key }, answer);
  let connections = 0;
  server.on('secureConnection', () => {
    connections += 1;
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const site = {
    name: 'slow',
    names: [],
    url: `https://127.0.0.1:${port}`,
    credentials: { kind: 'certificate', certificate: client.certificatePem, key: client.keyPem } as const,
    ca: authority.certificatePem,
    user: 'INTERNAL\\sa_api',
    serverName: undefined,
    insecure: false,
    concurrency: 2,
  };
  const { signal } = new AbortController();
  const qrs = connect(site, { clock: quickClock(), signal, log: keepingLog() });
  try {
    await check(qrs, () => connections);
  } finally {
    await qrs.close();
    server.closeAllConnections();
    server.close();
  }
}

export function upload(qrs: Qrs, content: AsyncIterable<Uint8Array>, length?: number): Promise<unknown> {
  return qrs.json(z.unknown(), {
    method: 'POST',
    path: '/qrs/app/upload',
    attempt: 'upload it',
    content,
    contentType: 'application/vnd.qlik.sense.app',
    length,
  });
}
