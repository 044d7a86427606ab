import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ProxyAgent, request } from 'undici';
import { startGitHub } from '../../simulator/github/server.ts';
import type { ForwardProxyOptions } from '../../simulator/wire/forward-proxy.ts';
import { startForwardProxy } from '../../simulator/wire/forward-proxy.ts';
import { createAuthority } from '../../simulator/wire/tls.ts';

async function proxied(options: ForwardProxyOptions = {}) {
  const authority = await createAuthority('company root');
  const secure = await startGitHub({ tls: { authority } });
  const plain = await startGitHub({});
  const proxy = await startForwardProxy(options);
  after(() => Promise.all([secure.stop(), plain.stop(), proxy.stop()]));
  // Plain http through a tunnel would hide whether absolute URLs are forwarded.
  const agent = (url: string) =>
    new ProxyAgent({ uri: url, requestTls: { ca: authority.certificatePem }, proxyTunnel: false });
  async function status(url: string, through = proxy.url) {
    const dispatcher = agent(through);
    after(() => dispatcher.close());
    const reply = await request(`${url}/meta`, { dispatcher, headers: { 'user-agent': 'test' } });
    await reply.body.dump();
    return reply.statusCode;
  }
  return { secure, plain, proxy, status };
}

const portOf = (url: string) => Number(new URL(url).port);

test('https goes through a tunnel, http by its absolute URL', async () => {
  const { secure, plain, proxy, status } = await proxied();
  assert.equal(await status(secure.url), 200);
  assert.deepEqual(proxy.tunnels, [{ host: 'localhost', port: portOf(secure.url) }]);
  assert.deepEqual(proxy.forwards, []);
  assert.equal(await status(plain.url), 200);
  assert.deepEqual(proxy.forwards, [{ method: 'GET', url: `${plain.url}/meta` }]);
  assert.equal(proxy.tunnels.length, 1);
});

test('credentials are asked for, and are in the URL', async () => {
  const { secure, plain, proxy, status } = await proxied({
    credentials: { username: 'anna', password: 'p@ss:word' },
  });
  const stranger = new URL(proxy.url);
  stranger.password = 'other';
  await assert.rejects(status(secure.url, stranger.href), /407/);
  await assert.rejects(status(plain.url, stranger.href), /407/);
  assert.deepEqual([proxy.tunnels, proxy.forwards], [[], []]);
  assert.equal(await status(secure.url), 200);
  assert.equal(await status(plain.url), 200);
  assert.equal(proxy.tunnels.length, 1);
});

test('a host may be off limits', async () => {
  const { secure, proxy, status } = await proxied({ forbidden: ['localhost'] });
  await assert.rejects(status(secure.url), /403/);
  assert.deepEqual(proxy.tunnels, []);
});
