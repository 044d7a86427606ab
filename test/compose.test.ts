import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';

/** examples/relay/compose.yml: what it names is there. `.ci/workflows` holds it against the compose specification. */

const FOLDER = join(import.meta.dirname, '../examples/relay');
const TEXT = readFileSync(join(FOLDER, 'compose.yml'), 'utf8');
const DOCKERFILE = readFileSync(join(FOLDER, 'Dockerfile'), 'utf8');

const names = z.record(z.string(), z.unknown());
const { services, networks, volumes, configs } = z
  .object({
    services: z.record(
      z.string(),
      z.object({
        image: z.string(),
        build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
        env_file: z.string().optional(),
        environment: z.record(z.string(), z.string()).default({}),
        networks: z.array(z.string()),
        ports: z.array(z.string()).default([]),
        volumes: z.array(z.string()).default([]),
        configs: z.array(z.object({ source: z.string(), target: z.string() })).default([]),
        depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
        healthcheck: z.object({ test: z.array(z.string()) }).optional(),
      }),
    ),
    networks: z.record(z.string(), z.object({ internal: z.boolean().default(false) })),
    volumes: names,
    configs: z.record(z.string(), z.object({ content: z.string() })),
  })
  .parse(parse(TEXT, { merge: true }));
const relays = Object.entries(services).filter(([, { build }]) => build !== undefined);
const command = (word: string): string[] =>
  JSON.parse(new RegExp(`^${word} (\\[.*\\])$`, 'm').exec(DOCKERFILE)?.[1] ?? '[]');

for (const [name, one] of Object.entries(services)) {
  test(`compose: every network, configuration, volume and file that ${name} names is there`, () => {
    for (const network of one.networks) assert.ok(network in networks, network);
    for (const { source } of one.configs) assert.ok(source in configs, source);
    for (const volume of one.volumes) {
      const [source = ''] = volume.split(':');
      assert.ok(source.startsWith('.') ? existsSync(join(FOLDER, source)) : source in volumes, volume);
    }
    const { context = '', dockerfile = '' } = one.build ?? {};
    for (const path of [one.env_file ?? '', join(context, dockerfile)])
      assert.ok(existsSync(join(FOLDER, path)), path);
  });

  test(`compose: what ${name} waits for is there, and says when it is healthy`, () => {
    for (const [other, { condition }] of Object.entries(one.depends_on)) {
      assert.ok(other in services, other);
      if (condition === 'service_healthy') assert.ok(services[other]?.healthcheck, other);
    }
  });
}

test('compose: there are two relays, and they start as the container does, with the configuration beside it', () => {
  assert.deepEqual(
    relays.map(([name]) => name),
    ['relay-1', 'relay-2'],
  );
  const [node, script = ''] = command('ENTRYPOINT');
  assert.equal(node, 'node');
  assert.ok(existsSync(join(FOLDER, '../..', script)), script);
  const [run, option, config = ''] = command('CMD');
  assert.deepEqual([run, option], ['run', '--config']);
  for (const [, { volumes: given, env_file }] of relays) {
    assert.deepEqual(given, [`./relay.yml:${config}:ro`]);
    assert.equal(env_file, 'relay.env');
  }
});

test('compose: only the balancer has a port outside, and the database is in a network of its own', () => {
  const open = Object.entries(services).filter(([, { ports }]) => ports.length > 0);
  assert.deepEqual(
    open.map(([name]) => name),
    ['balancer'],
  );
  const shut = Object.keys(networks).filter(name => networks[name]?.internal);
  assert.deepEqual(services.database?.networks, shut);
});

test('compose: every image names a version, and no secret is written there', () => {
  const from = /^FROM (\S+)$/m.exec(DOCKERFILE)?.[1] ?? '';
  const others = Object.values(services).filter(({ build }) => build === undefined);
  for (const image of [from, ...others.map(({ image }) => image)]) assert.match(image, /^[\w/-]+:\d+/);
  assert.match(services.database?.environment.POSTGRES_PASSWORD ?? '', /^\$\{STORE_PASSWORD:\?/);
});

test('compose: the balancer passes the calls of sites to every relay, and no others', () => {
  const { content } = configs.balancer ?? { content: '' };
  const port = /^listen: \{.* port: (\d+) \}$/m.exec(readFileSync(join(FOLDER, 'relay.yml'), 'utf8'))?.[1];
  assert.deepEqual(
    [...content.matchAll(/server (relay[^ ]*) /g)].map(([, at]) => at),
    relays.map(([name]) => `${name}:${port}`),
  );
  assert.deepEqual(
    [...content.matchAll(/location (\S+)/g)].map(([, path]) => path),
    ['/notify/'],
  );
  // A POST is no call that nginx repeats by itself.
  assert.match(content, /proxy_next_upstream [^;]*http_503[^;]*non_idempotent/);
});
