import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startForwardProxy } from '../../simulator/wire/forward-proxy.ts';
import { shelf } from '../sites-for-tests.ts';
import { on, PROMOTE, RELOAD } from './proxied.ts';

const credentials = { username: 'runner', password: 'MARKED proxy/pass' };

async function forwarding(work: (proxy: Awaited<ReturnType<typeof startForwardProxy>>) => Promise<void>) {
  const proxy = await startForwardProxy({ credentials });
  try {
    await work(proxy);
  } finally {
    await proxy.stop();
  }
}

const portOf = (url: string) => Number(new URL(url).port);

test('forward proxy: mutual TLS goes through its tunnel, of the site that says so alone', () =>
  on({}, set =>
    forwarding(async proxy => {
      const lines = { test: `  proxy: \${PROXY_URL}\n` };
      const env = { PROXY_URL: proxy.url };
      const ways = { dev: 'certificate', test: 'certificate' } as const;
      const { log, outputs } = await set.step(ways, { promote: PROMOTE }, { lines, env });
      assert.equal(outputs.outcome, 'promoted', log);
      assert.deepEqual(shelf(set.test), ['Demo Build@Everyone', 'Demo Build@Review']);
      const expected = { host: 'localhost', port: portOf(set.test.url) };
      assert.deepEqual(
        [...new Set(proxy.tunnels.map(one => JSON.stringify(one)))],
        [JSON.stringify(expected)],
      );
      assert.doesNotMatch(log.replaceAll(/^::add-mask::.*$/gm, ''), /MARKED/);
    }),
  ));

test('forward proxy: a handshake by NTLM keeps to one tunnel; HTTPS_PROXY and NO_PROXY are obeyed if asked for', () =>
  on({}, set =>
    forwarding(async proxy => {
      const ways = { dev: 'ntlm', test: 'ntlm' } as const;
      const lines = { dev: '  proxy: true\n', test: '  proxy: true\n' };
      const env = {
        HTTPS_PROXY: proxy.url,
        NO_PROXY: `example.com, .localhost:${portOf(set.proxies.test.url(''))}`,
      };
      const { log, outputs } = await set.step(ways, { promote: PROMOTE }, { lines, env });
      assert.equal(outputs.outcome, 'promoted', log);
      const ports = new Set(proxy.tunnels.map(({ port }) => port));
      assert.deepEqual([...ports], [portOf(set.proxies.dev.url(''))]);
      assert.equal(set.proxies.dev.sessions.made, 1);
    }),
  ));

test('forward proxy: nobody goes through one unasked', () =>
  on({}, set =>
    forwarding(async proxy => {
      const env = { HTTPS_PROXY: proxy.url, https_proxy: proxy.url, HTTP_PROXY: proxy.url };
      for (const lines of [{}, { test: '  proxy: false\n' }]) {
        const { outputs } = await set.step({ dev: 'jwt', test: 'jwt' }, { reload: RELOAD }, { env, lines });
        assert.equal(outputs.outcome, 'reloaded');
      }
      assert.deepEqual(proxy.tunnels, []);
    }),
  ));
