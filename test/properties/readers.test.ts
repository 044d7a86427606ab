import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { siteCertificates } from '../../simulator/wire/tls.ts';
import { readEvent } from '../../src/action/event.ts';
import { InputError } from '../../src/base/errors.ts';
import { readSpec } from '../../src/promote/spec.ts';
import { readConfig } from '../../src/relay/config/read.ts';
import { notified } from '../../src/relay/hear/notification.ts';
import { readRequest } from '../../src/reload/request.ts';
import { readSites } from '../../src/sites/sites.ts';
import { token } from '../ways-in.ts';
import { mutated } from './arbitrary.ts';

/** npm test takes few, as a document takes a millisecond and more: PROPERTY_RUNS=5000 npm test -- test/properties/*.ts */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 60);

/** Readers of what people and servers write throw their own errors, whatever they get. */

const { authority, client } = await siteCertificates('properties', ['localhost']);
const [CERTIFICATE, KEY, CA] = [client.certificatePem, client.keyPem, authority.certificatePem].map(pem =>
  Buffer.from(pem).toString('base64'),
);
const ID = '31ee79a6-0949-4175-ba0e-1866a60e3336';
const JWT = token();
const SITES = `
dev: { url: 'https://dev.company.com:4242', certificate: ${CERTIFICATE}, key: ${KEY}, ca: ${CA}, user: 'INTERNAL\\sa_api', names: [D] }
test: { url: 'https://test/jwt', jwt: ${JWT}, hub: 'https://test', insecure: true, server-name: T }
win: { url: 'https://win/win', ntlm: { user: 'D\\u', password: secret }, proxy: 'http://p:8080' }
`;
const DOCUMENTS: readonly [name: string, text: string, read: (text: string) => unknown][] = [
  [
    'a spec',
    `
from: dev
apps: [{ id: 31ee79a6-0949-4175-ba0e-1866a60e3336 }, { name: A, stream: B }, { filter: name eq 'x' }]
when: { published: true, properties: { P: Approve, Q: { is: a, not: [b] } }, tags: { has: [x], lacks: [y] } }
on-refusal: skip
to: [{ site: test, streams: [Everyone, Review], mode: duplicate, data: drop, owner: 'D\\u', tags: [t], custom-properties: { P: x } }]
backup: ./backup
max-size: 20 GB
leftover-age: 1h
done: { tag: Promoted, remove-properties: true, unpublish: { others: lose } }
concurrency: 4`,
    text => readSpec({ from: 'promote', text }),
  ],
  [
    'a spec by properties',
    'from: dev\napps: event\nto: { properties: { server: S, stream: T }, default-site: dev }\nreload: after',
    text => readSpec({ from: 'promote', text }),
  ],
  [
    'a reload request',
    'site: prod\ntasks: [Nightly, A]\ntimeout: 2h\ntotal-timeout: 3h\non-timeout: leave\nlog: always\norder: sequence',
    text => readRequest({ from: 'reload', text }),
  ],
  ['sites', SITES, text => readSites({ from: 'sites', text }, { environment: {}, secret: () => {} })],
  [
    'a relay configuration',
    `
sites: { dev: { url: 'https://dev/jwt', jwt: ${JWT} } }
listen: { url: 'http://relay:8080', port: 8080, status: '127.0.0.1:9464' }
github: { url: 'https://api.github.com', token: t }
store: ./relay.db
subscriptions:
  - { name: s, site: dev, entity: App, change: [update], filter: published eq true, property: lastReloadTime,
      when: { tags: { has: [x] } }, ignore-users: ['D\\u'], send: { repository: o/r, event: e }, quiet: 5s, max-wait: 60s }`,
    text => readConfig({ from: 'relay.yml', text }, { environment: {}, secret: () => {} }),
  ],
];

function throwsItsOwn(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof InputError, error instanceof Error ? error.stack : String(error));
    assert.ok(error.sentences.every(sentence => sentence.trim().length > 0));
  }
}

for (const [name, document, read] of DOCUMENTS) {
  test(`readers: ${name} is read as it stands here`, () => void read(document));

  test(`readers: ${name} may be any YAML`, () =>
    fc.assert(
      fc.property(mutated(parse(document)), value => throwsItsOwn(() => read(stringify(value) ?? ''))),
      { numRuns: RUNS },
    ));

  test(`readers: ${name} may be any text, or be cut and mixed`, () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(document.length), fc.nat(20), (text, at, length) =>
        throwsItsOwn(() => read(document.slice(0, at) + text + document.slice(at + length))),
      ),
      { numRuns: RUNS },
    ));
}

test('readers: an event may be any JSON or text', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action-event-'));
  const file = join(folder, 'event.json');
  const payload = { entity: 'ExecutionResult', site: 's', object: { id: ID, app: { id: ID } } };
  try {
    fc.assert(
      fc.property(
        fc.oneof(
          mutated({ client_payload: payload }).map(value => JSON.stringify(value) ?? ''),
          fc.string(),
        ),
        text => {
          writeFileSync(file, text);
          throwsItsOwn(() => readEvent('repository_dispatch', file));
        },
      ),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('readers: a callback may be any JSON, and each item of it counts once', () => {
  const config = readConfig(
    { from: 'relay.yml', text: DOCUMENTS.at(-1)?.[1] ?? '' },
    { environment: {}, secret: () => {} },
  );
  const [subscription = assert.fail()] = config.subscriptions;
  const item = {
    changeType: 2,
    objectType: 'App',
    objectID: ID,
    changedProperties: ['lastReloadTime'],
    modifiedDate: '2026-11-22T10:00:00.000Z',
  };
  fc.assert(
    fc.property(fc.oneof(mutated([item, item]), fc.jsonValue()), body => {
      const { wanted, unwanted, malformed } = notified(subscription, body, false);
      const items = Array.isArray(body) ? Math.max(1, body.length) : 1;
      assert.equal(wanted.length + unwanted + malformed, items);
    }),
  );
});
