import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { connectionsTo } from '../../src/net/connections.ts';
import { whyNoAnswer } from '../../src/net/no-answer.ts';

test('proxy: one that takes a CONNECT and never answers is given up as soon as one that nobody reaches', async () => {
  const sockets: Socket[] = [];
  const server = createServer(socket => sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address);
  const proxy = `127.0.0.1:${address.port}`;
  const connections = connectionsTo({
    origin: 'https://qlik.example:4242',
    proxy: `http://${proxy}`,
    tls: {},
    connections: 1,
    connectTimeout: 100,
  });
  try {
    const asked = connections.request({ origin: 'https://qlik.example:4242', path: '/', method: 'GET' });
    const error: unknown = await asked.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const why = whyNoAnswer(error, { host: 'qlik.example:4242', proxy, ca: true, hints: {} });
    assert.match(why.says, /^the proxy 127\.0\.0\.1:\d+ made no way to qlik\.example:4242 in time$/);
    assert.ok(why.unsent);
  } finally {
    await connections.destroy();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});
