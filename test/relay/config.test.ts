import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readConfig } from '../../src/relay/config/read.ts';
import type { RelayConfig } from '../../src/relay/config/settings.ts';
import {
  client,
  ENVIRONMENT,
  read,
  SITES,
  SUBSCRIPTIONS,
  server,
  subscribed,
  TOKEN,
  textOf,
} from './config-parts.ts';

const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-config-'));
after(() => rmSync(folder, { recursive: true }));
const keyFile = join(folder, 'client_key.pem');
writeFileSync(keyFile, client.keyPem);

test('configuration: the defaults', () => {
  const { sites, ...config } = read(textOf({}));
  const [subscription] = config.subscriptions;
  assert.deepEqual(
    { ...config, subscriptions: [{ ...subscription, site: subscription?.site.name }] },
    {
      listen: { url: 'http://relay-host:8080', host: '::', port: 8080, tls: undefined },
      github: { url: 'https://api.github.com', ca: undefined, credential: { kind: 'token', token: TOKEN } },
      store: './relay.db',
      backlog: 100_000,
      history: { age: 30 * 86_400_000, rows: 10_000 },
      subscriptions: [
        {
          name: 'app-updated',
          site: 'dev',
          entity: 'App',
          changes: ['update'],
          when: { properties: {}, tags: { has: [], lacks: [] } },
          ignoreUsers: ['INTERNAL\\sa_api'],
          send: { repository: 'acme/events', event: 'qlik-app-updated' },
          quiet: 5_000,
          maxWait: 60_000,
        },
      ],
    },
  );
  assert.equal(sites.length, 1);
});

const APIS: [string | undefined, string][] = [
  [undefined, 'https://api.github.com'],
  ['', 'https://api.github.com'],
  ['https://github.company.com/api/v3/', 'https://github.company.com/api/v3'],
];

for (const [GITHUB_API_URL, url] of APIS) {
  test(`configuration: GitHub is at ${url} with GITHUB_API_URL=${GITHUB_API_URL}`, () => {
    const given = { environment: { ...ENVIRONMENT, GITHUB_API_URL }, secret: () => {} };
    assert.equal(readConfig({ from: 'relay.yml', text: textOf({}) }, given).github.url, url);
    const text = textOf({ github: 'github: { url: "https://ghe/api/v3", token: "${TOKEN}" }\n' });
    assert.equal(readConfig({ from: 'relay.yml', text }, given).github.url, 'https://ghe/api/v3');
  });
}

const ADDRESSES: [string, Partial<RelayConfig['listen']>][] = [
  ['{ url: "http://relay-host" }', { url: 'http://relay-host', port: 80 }],
  ['{ url: "https://relay-host/" }', { url: 'https://relay-host', port: 443, tls: undefined }],
  ['{ url: "https://gate/qlik/", port: 8080 }', { url: 'https://gate/qlik', port: 8080 }],
  [
    '{ url: "http://relay-host:8080", status: "127.0.0.1:9464" }',
    { status: { host: '127.0.0.1', port: 9464 } },
  ],
  ['{ url: "http://relay-host:8080", status: "[::1]:9464" }', { status: { host: '::1', port: 9464 } }],
  ['{ url: "http://relay-host:8080", host: 127.0.0.1 }', { host: '127.0.0.1', port: 8080 }],
  ['{ url: "http://[::1]:8080", port: 0 }', { url: 'http://[::1]:8080', port: 0 }],
  [
    '{ url: "https://relay-host", certificate: "${SERVER}", key: "${SERVER_KEY}" }',
    { tls: { certificate: `${server.certificatePem.trim()}\n`, key: `${server.keyPem.trim()}\n` } },
  ],
];

for (const [said, expected] of ADDRESSES) {
  test(`configuration: listen: ${said}`, () => {
    const { listen } = read(textOf({ listen: `listen: ${said}\n` }));
    assert.deepEqual({ ...listen, ...expected }, listen);
  });
}

test('configuration: a site is found by its other names, in any case', () => {
  const { subscriptions } = read(textOf({ subscriptions: SUBSCRIPTIONS.replace('dev', 'DEVELOPMENT') }));
  assert.equal(subscriptions[0]?.site.name, 'dev');
});

test('configuration: whom a subscription ignores is said by it, or is the user of the site', () => {
  const ignored = (lines: string) =>
    read(textOf({ subscriptions: subscribed(lines) })).subscriptions[0]?.ignoreUsers;
  assert.deepEqual(ignored('    ignore-users: []\n'), []);
  assert.deepEqual(ignored('    ignore-users: [ACME\\anna]\n'), ['ACME\\anna']);
  const text = textOf({
    sites:
      'sites:\n  dev: { url: "https://qlik/jwt", jwt: eyJhbGciOiAiUlMyNTYifQ.eyJ1c2VySWQiOiAiYW5uYSIsICJ1c2VyRGlyZWN0b3J5IjogIkFDTUUifQ.c2lnbmVk }\n',
  });
  // Nobody knows here which user a token is of.
  assert.deepEqual(read(text).subscriptions[0]?.ignoreUsers, []);
});

test('configuration: every credential is told as a secret, also one that is read from a file or is in a wrong place', () => {
  const secrets: string[] = [];
  const app = `github: { app: { id: 7, key: ${Buffer.from(server.keyPem).toString('base64')}, installation: 70 } }\n`;
  read(textOf({ sites: SITES.replace('${KEY}', keyFile), github: app }), secrets);
  for (const secret of [client.keyPem, server.keyPem]) assert.ok(secrets.includes(secret));
  assert.ok(!secrets.includes(keyFile), 'a path is no secret');

  const told: string[] = [];
  assert.throws(() => read(textOf({ github: 'github: { token: "${TOKEN}", app: 5 }\n' }), told));
  assert.ok(told.includes(TOKEN), 'before anything is checked');
});
