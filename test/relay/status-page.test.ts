import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { promisify } from 'node:util';
import { request } from 'undici';
import { openStore } from '../../src/relay/store/store.ts';
import { memory, moment } from './changes.ts';
import { APP, type Desk, desk, endings, item, OTHER, SECRET } from './desk.ts';

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const { CHROMIUM = 'chromium' } = process.env;
const BROWSER = {
  skip: spawnSync(CHROMIUM, ['--version']).error !== undefined && 'it needs Chromium: see .ci/pictures/run',
};
/** Text that would be markup, a script, or the end of an attribute; and one that is reversed. */
const HOSTILE = [
  `<script>document.title = 'taken over'</script>`,
  `<img src=x onerror="document.title = 'taken over'">`,
  `"><svg onload='document.title = "taken over"'>`,
  `</code></td></table><h1>All is well</h1>`,
  '&lt;b&gt; \u202egnp.exe',
];

/** When everything is due, ms since the epoch. */
const LATER = Date.parse('2027-01-01');
const STATUS = { listen: { status: { host: '127.0.0.1', port: 0 } } };

/** A relay of which everything that others say is hostile: an app's name, a reason, a repository, another relay's name. */
async function hostile(): Promise<{ here: Desk; url: string }> {
  const [script = '', image = '', svg = '', end = '', reversed = ''] = HOSTILE;
  const here = await desk({
    ...STATUS,
    subscription: { send: { repository: `acme/${svg}`, event: 'x' } },
    store: () => ({
      holds: async () => [{ site: 'dev', relay: end, since: 0, gaps: [] }],
    }),
  });
  await here.post([item(), item({ objectID: OTHER })]);
  const store = await openStore(here.place);
  const [one, two] = await store.toRead(LATER, { site: 'dev' }, 2);
  assert.ok(one && two);
  const payload = JSON.stringify({ object: { id: APP, name: script } });
  await store.conclude(
    [
      { kind: 'wanted', delivery: one, payload, memory: memory() },
      { kind: 'unwanted', delivery: two, reason: reversed },
    ],
    moment(LATER),
  );
  await store.settle(one.id, { state: 'dead', reason: image, cause: 'event' }, 0);
  await store.trouble('app-updated', image);
  await store.close();
  return { here, url: `http://127.0.0.1:${here.receiver.status}/` };
}

test('page: it shows what waits, why, and how to send again what was given up, and no secret', async () => {
  const { url } = await hostile();
  const { statusCode, headers, body } = await request(url);
  const text = await body.text();
  assert.equal(statusCode, 200);
  assert.match(String(headers['content-security-policy']), /^default-src 'none';/);
  assert.match(text, /Waiting: 0\. Dispatched: 0\. Not wanted: 1\. Given up: 1\./);
  assert.match(text, /<code>redeliver --id [0-9a-f-]{36}<\/code>/);
  assert.match(text, /<meta http-equiv="refresh" content="10">/);
  assert.doesNotMatch(text, /taken over'<\/script>|<img|<svg|<h1>All/);
  assert.ok(!text.includes(SECRET));
});

test('page: the address that QRS calls does not have it', async () => {
  const { here } = await hostile();
  assert.equal((await here.get('/')).status, 404);
  const alone = await desk();
  assert.equal((await alone.get('/')).status, 404);
});

test('page: on loopback, no website whose name leads there can read it or the rest', async () => {
  const { url } = await hostile();
  const asked = async (path: string, host: string) =>
    (await request(new URL(path, url), { headers: { host } })).statusCode;
  for (const path of ['/', '/readyz?verbose', '/metrics', '/livez'])
    for (const host of [
      'evil.example',
      'evil.example:9464',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
    ])
      assert.equal(await asked(path, host), 403, `${host} ${path}`);
  for (const host of ['localhost', 'LocalHost:9464', '127.0.0.1:9464', '[::1]:9464', '10.0.0.1'])
    assert.equal(await asked('/', host), 200, host);
});

test('page: on an address of a network, it has whatever name the network gives it', async () => {
  const here = await desk({ listen: { status: { host: '0.0.0.0', port: 0 } } });
  const url = `http://127.0.0.1:${here.receiver.status}/`;
  assert.equal((await request(url, { headers: { host: 'relay-1.example:9464' } })).statusCode, 200);
});

test('page: a store that cannot be read is said, with 503', async () => {
  const here = await desk({
    ...STATUS,
    store: () => ({ counts: () => Promise.reject(new Error('The store <b> does not answer.')) }),
  });
  const { statusCode, body } = await request(`http://127.0.0.1:${here.receiver.status}/`);
  assert.equal(statusCode, 503);
  assert.match(await body.text(), /<p class="bad">The store &#60;b&#62; does not answer\.<\/p>/);
});

test('page: in a browser hostile names are text, and nothing of them runs', BROWSER, async () => {
  const { url } = await hostile();
  const profile = mkdtempSync(join(tmpdir(), 'qrs-relay-page-'));
  endings.push(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
  const options = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`];
  const { stdout } = await promisify(execFile)(CHROMIUM, [...options, '--dump-dom', url]);
  assert.match(stdout, /<title>qrs-relay<\/title>/);
  const elements = new Set([...stdout.matchAll(/<([a-z0-9]+)/g)].map(([, name]) => name));
  for (const name of ['script', 'img', 'svg', 'b']) assert.ok(!elements.has(name), name);
  assert.equal(stdout.match(/<h1/g)?.length, 1);
  // As the browser writes text out again.
  assert.ok(stdout.includes(`&lt;script&gt;document.title = 'taken over'&lt;/script&gt;`));
  assert.ok(stdout.includes('&lt;/code&gt;&lt;/td&gt;&lt;/table&gt;&lt;h1&gt;All is well&lt;/h1&gt;'));
  assert.ok(stdout.includes('&amp;lt;b&amp;gt; \\u202egnp.exe'));
});
