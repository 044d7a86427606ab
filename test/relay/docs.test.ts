import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { listensTo } from '../../src/github/check/workflows.ts';
import { readConfig } from '../../src/relay/config/read.ts';
import { payloadOf } from '../../src/relay/decide/payload.ts';
import { createMetrics } from '../../src/relay/metrics.ts';
import { STATES } from '../../src/relay/store/delivery.ts';
import { waitingDelivery } from './changes.ts';

/** docs/relay.md: what it shows is what the relay reads, sends and measures. */

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(new URL('../../docs/relay.md', import.meta.url), 'utf8');
const blocks = (kind: string) =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text);
const [PLAYGROUND = '', CONFIG = '', WORKFLOW = '', ...others] = blocks('yaml');

const authority = await createAuthority('root');
const client = await authority.issueClient({ name: 'QlikClient' });
const server = await authority.issueServer({ hostNames: ['relay-host.company.com'] });
const environment = {
  DEV_CLIENT_PEM: client.certificatePem,
  DEV_CLIENT_KEY_PEM: client.keyPem,
  DEV_ROOT_PEM: authority.certificatePem,
  RELAY_PEM: server.certificatePem,
  RELAY_KEY_PEM: server.keyPem,
  GITHUB_DISPATCH_TOKEN: 'github_pat_0123456789',
};
const read = (text: string) => readConfig({ from: 'relay.yml', text }, { environment, secret: () => {} });

test('docs: the configuration is one, and what it calls a default is the default', () => {
  const config = read(CONFIG);
  assert.deepEqual(
    config.subscriptions.map(({ name, site }) => [name, site.name]),
    [
      ['app-updated', 'dev'],
      ['reload-failed', 'dev'],
    ],
  );
  const bare = CONFIG.split('\n').filter(
    line => !/# default/.test(line) && !/^ +(quiet|max-wait):/.test(line),
  );
  assert.deepEqual(read(bare.join('\n')), config);
  assert.ok(bare.length < CONFIG.split('\n').length - 7);
});

test('docs: the configuration for the playground is one, with the names of its .env', () => {
  const given = {
    DEV_URL: 'https://localhost:4242',
    DEV_CERTIFICATE: client.certificatePem,
    DEV_KEY: client.keyPem,
    DEV_CA: authority.certificatePem,
  };
  const { subscriptions } = readConfig(
    { from: 'relay.yml', text: PLAYGROUND },
    { environment: given, secret: () => {} },
  );
  assert.deepEqual(
    subscriptions.map(({ site }) => site.name),
    ['dev'],
  );
});

test('docs: the workflow listens to the event of the configuration', () => {
  const { subscriptions } = read(CONFIG);
  assert.deepEqual(listensTo(WORKFLOW), [subscriptions[0]?.send.event]);
  assert.ok(parse(WORKFLOW)['run-name'].includes('client_payload.delivery'));
  assert.deepEqual(others, []);
});

test('docs: the payload has the keys that a workflow gets', () => {
  const [shown = {}] = blocks('json').map(text => JSON.parse(text));
  const { object, first, last, ...rest } = shown;
  const payload = payloadOf({
    delivery: waitingDelivery({
      ...{ id: rest.delivery, subscription: 'app-updated', object: object.id, changed: rest.changed },
      ...{ count: rest.count, first: Date.parse(first), last: Date.parse(last) },
    }),
    watched: {
      kind: 'app',
      entity: {
        ...{ id: object.id, name: object.name, description: '', published: true, modifiedDate: '' },
        ...{ modifiedByUserName: '', fileSize: 0, publishTime: '', lastReloadTime: '', createdDate: '' },
        stream: { id: object.id, name: object.stream },
        owner: { id: object.id, userDirectory: 'COMPANY', userId: 'anna', name: 'Anna' },
        tags: [{ id: object.id, name: 'release' }],
        customProperties: [
          {
            id: object.id,
            value: 'Approve',
            definition: { id: object.id, name: 'PromotionApproval', choiceValues: [], objectTypes: [] },
          },
        ],
      },
    },
    task: undefined,
    name: object.name,
  });
  assert.deepEqual(payload, shown);
});

test('docs: every metric and every state is explained, and none else', async () => {
  const names = (await createMetrics().registry.getMetricsAsJSON()).map(({ name }) =>
    name.replace('qrs_relay_', ''),
  );
  const [, table = ''] = PAGE.split('| metric | |');
  const rows = table.split('\n\n')[0] ?? '';
  assert.deepEqual([...rows.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name).sort(), names.sort());
  const [, travels = ''] = PAGE.split('| state |');
  const states = [...(travels.split('\n\n')[0]?.matchAll(/^\| `(\w+)` \|/gm) ?? [])].map(([, name]) => name);
  assert.deepEqual(states, [...STATES]);
});

test('docs: every reason is one that is given', () => {
  const source = globSync('src/{relay/decide,relay/store,when}/*.ts', { cwd: ROOT })
    .map(path => readFileSync(join(ROOT, path), 'utf8'))
    .join('');
  const [, table = ''] = PAGE.split('| it says | it means |');
  const reasons = [...(table.split('\n## ')[0]?.matchAll(/`(.+?)`[,|]? ?/g) ?? [])].map(
    ([, text = '']) => text,
  );
  const pieces = reasons
    .filter(text => text.includes(' '))
    .flatMap(text => text.split('…'))
    .map(text => text.trim());
  for (const piece of pieces.filter(text => text.length > 8)) assert.ok(source.includes(piece), piece);
  assert.ok(pieces.length > 8);
});
