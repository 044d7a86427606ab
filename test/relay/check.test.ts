import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../demo/free-port.ts';
import { type GitHub, type GitHubOptions, startGitHub } from '../../simulator/github/server.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';
import type { Fault } from '../../simulator/wire/faults.ts';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Finding } from '../../src/base/finding.ts';
import { connectGitHub } from '../../src/github/client.ts';
import { readApp } from '../../src/qrs/apps/find.ts';
import { connect, type Qrs } from '../../src/qrs/connection.ts';
import { subscribe } from '../../src/qrs/subscriptions.ts';
import { checkRelay } from '../../src/relay/check/check.ts';
import { checkStore } from '../../src/relay/check/store.ts';
import { readConfig } from '../../src/relay/config/read.ts';
import { MIGRATIONS } from '../../src/relay/store/schema.ts';
import { openStore } from '../../src/relay/store/store.ts';
import { keepingLog, siteOf } from '../sites-for-tests.ts';
import { createTime } from './time.ts';

const [PORT, OTHER_PORT] = [await freePort(), await freePort()];

const DAY = 86_400_000;
const TOKEN = 'ghp_checkcheckcheck';
const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-check-'));
const authority = await createAuthority('own root');
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
after(() => rmSync(folder, { recursive: true }));

const LISTENING = 'on: { repository_dispatch: { types: [qlik-app-updated] } }\njobs: {}\n';
const APP = `  - name: app-updated
    site: dev
    entity: App
    send: { repository: acme/events, event: qlik-app-updated }
`;

const DATA = {
  apps: [{ name: 'Sales' }],
  tags: ['release'],
  customProperties: { PromotionApproval: ['Approve', 'Deny'] },
};

interface Trial {
  /** Mapping after `listen:`. */
  listen?: string;
  subscriptions?: string;
  github?: Partial<GitHubOptions>;
  /** Mapping after `github: { url: …,`. */
  credential?: string;
  /** More keys of the site. */
  site?: string;
  store?: string;
  switches?: SwitchesInput;
  /** Ms that have passed since the certificates were made. */
  later?: number;
  before?: (dev: Simulator, github: GitHub) => unknown;
  after?: (dev: Simulator) => unknown;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const endings: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function findings(trial: Trial = {}): Promise<Finding[]> {
  const time = createTime(Date.now() + (trial.later ?? 0));
  const clock = time.hand;
  const { switches = {} } = trial;
  const dev = await startSimulator({ name: 'dev', clock, switches, data: DATA });
  const github = await startGitHub({
    clock,
    repositories: [{ name: 'acme/events', files: { '.github/workflows/promote.yml': LISTENING } }],
    tokens: [{ token: TOKEN, kind: 'classic' }],
    ...trial.github,
  });
  endings.push(() => Promise.all([dev.stop(), github.stop()]));
  const text = `
sites:
  dev:
    url: ${dev.url}
    certificate: ${base64(dev.certificate)}
    key: ${base64(dev.key)}
    ca: ${base64(dev.ca)}
    ${trial.site ?? ''}
  unwatched: { url: 'https://localhost:1', jwt: eyJhbGciOiAiUlMyNTYifQ.eyJ1c2VySWQiOiAiYW5uYSIsICJ1c2VyRGlyZWN0b3J5IjogIkFDTUUifQ.c2lnbmVk }
listen: ${trial.listen ?? `{ url: "http://127.0.0.1:${PORT}", host: 127.0.0.1 }`}
github: { url: '${github.url}', ${trial.credential ?? `token: ${TOKEN}`} }
store: '${trial.store ?? join(folder, 'relay.db')}'
subscriptions:
${trial.subscriptions ?? APP}`;
  const config = readConfig({ from: 'relay.yml', text }, { environment: {}, secret: () => {} });
  const log = keepingLog();
  const hub = connectGitHub({ ...config.github, environment: {}, clock: time.clock, log });
  endings.push(() => hub.close());
  await trial.before?.(dev, github);
  const found = await checkRelay(config, {
    github: hub,
    clock: time.clock,
    log,
    signal: new AbortController().signal,
  });
  await trial.after?.(dev);
  return found;
}

const told = ({ level, what }: Finding) => `${level} ${what}`;

test('check: where all is well, everything is tried, and nothing is left behind', async () => {
  const found = await findings({
    after: dev => {
      const calls = dev.counters.requests.map(({ method, path, status }) => `${method} ${path} ${status}`);
      assert.deepEqual(calls, [
        'POST /qrs/notification 201',
        'DELETE /qrs/notification 204',
        'GET /qrs/app/full 200',
        'GET /qrs/notification/changes 200',
      ]);
    },
  });
  assert.deepEqual(found.filter(({ level }) => level !== 'ok').map(told), [
    'warning listen.url says 127.0.0.1, which is the Qlik node itself to QRS: right only if the relay runs on that node.',
  ]);
  const sentences = [
    `The store ${join(folder, 'relay.db')} can be made.`,
    `Port ${PORT} is free.`,
    'Site "dev": subscription "app-updated" can be made and ended, and is not left behind.',
    'Site "dev": what was missed can be asked for.',
    `Site "dev": its clock agrees with this machine's.`,
    'The event "qlik-app-updated" starts .github/workflows/promote.yml on main of acme/events.',
  ];
  for (const sentence of sentences)
    assert.ok(
      found.some(({ what }) => what === sentence),
      sentence,
    );
  assert.deepEqual(readdirSync(folder), []);
  assert.doesNotMatch(found.map(told).join(), /unwatched/);
});

const always = (path: RegExp, fault: Fault, method?: string) => (dev: Simulator) =>
  dev.faults.add({ path, fault, times: 100, ...(method ? { method } : {}) });
const reposited = (more: Record<string, unknown>): Partial<GitHubOptions> => ({
  repositories: [{ name: 'acme/events', ...more }],
});
const app = (installation: number) =>
  `app: { id: 7, key: ${base64(privateKey)}, installation: ${installation} }`;
const apps = (more: Record<string, unknown> = {}): Partial<GitHubOptions> => ({
  apps: [{ id: 7, publicKeys: [publicKey], installations: [{ id: 70, account: 'acme', ...more }] }],
});
const served = async (hostNames: string[], validity: { notBefore?: Date; notAfter?: Date } = {}) => {
  const { certificatePem, keyPem } = await authority.issueServer({ hostNames, ...validity });
  return `{ url: "https://127.0.0.1:${PORT}", host: 127.0.0.1, certificate: ${base64(certificatePem)}, key: ${base64(keyPem)} }`;
};
const since = (ms: number) => new Date(Date.now() + ms);

test('check: a store of an older relay is brought up to date by run, and left alone by check', async () => {
  const store = join(folder, 'older.db');
  await (await openStore(store)).close();
  const later = [...MIGRATIONS, 'ALTER TABLE memory ADD COLUMN stream TEXT'];
  const [found] = await checkStore(store, systemClock, later);
  assert.match(
    `${found?.level} ${found?.what}`,
    /^ok The store \S+older\.db is of version \d+, made by an older relay: "run" brings it /,
  );
});

const TRIALS: [string, Trial, RegExp, number?][] = [
  [
    'the folder of the store is not there',
    { store: join(folder, 'nowhere', 'relay.db') },
    /^problem The store \S+\/nowhere\/relay\.db cannot be used: ENOENT/,
  ],
  [
    'the store is something else',
    {
      store: join(folder, 'text.db'),
      before: () => writeFileSync(join(folder, 'text.db'), 'x'.repeat(9000)),
    },
    /^problem The store \S+text\.db cannot be used: file is not a database\.$/,
  ],
  [
    'the site is not there',
    { before: dev => dev.away() },
    /^problem Site "dev" gave no answer when asked to tell of changes of App: nothing listens at localhost:\d+\. /,
  ],
  [
    'the certificate is not trusted by the site',
    { site: `server-name: elsewhere` },
    /^problem Site "dev" gave no answer .* made out to other names .* Set server-name of the site/,
  ],
  [
    'the user has no rights',
    { before: always(/notification$/, { status: 403, body: 'Forbidden' }) },
    /^problem Site "dev" refused to tell of changes of App: 403 Forbidden\. Has INTERNAL\\sa_api the rights of an administrator\?$/,
  ],
  [
    'the user may not read',
    { before: always(/app\/full$/, { status: 403, body: 'Forbidden' }) },
    /^problem Site "dev" refused to read App 0{8}-.*: 403 Forbidden\. Has INTERNAL\\sa_api the right to read this\?$/,
  ],
  [
    'what was missed cannot be asked for',
    { before: always(/notification\/changes$/, { status: 403, body: 'Forbidden' }) },
    /^problem Site "dev" refused to list changes since .*: 403 Forbidden\./,
  ],
  [
    'the filter is wrong',
    { subscriptions: `${APP}    filter: publishd eq true\n` },
    /^problem Site "dev" refused to tell of changes of App: 400 .* Is the filter right\? Text stands in single quotes\.$/,
  ],
  [
    'the type is unknown',
    { subscriptions: APP.replace('App', 'Apps') },
    /^problem Site "dev" refused to tell of changes of Apps: 400 .* "Apps" is no type of QRS that is known here: did you mean "App"\?$/,
  ],
  [
    'the property is misspelt',
    { subscriptions: `${APP}    property: lastReloadTme\n` },
    /^warning Site "dev": subscription "app-updated": "lastReloadTme" is no base property of App that is known here: did you mean "lastReloadTime"\?$/,
  ],
  [
    'a custom property is misspelt',
    { subscriptions: `${APP}    when: { properties: { PromotionAproval: Approve } }\n` },
    /^problem Site "dev": subscription "app-updated": there is no custom property "PromotionAproval"\. The site has .*PromotionApproval/,
  ],
  [
    'a value of a custom property is misspelt',
    { subscriptions: `${APP}    when: { properties: { PromotionApproval: [Aprove, Deny] } }\n` },
    /^problem Site "dev": subscription "app-updated": there is no value of PromotionApproval "Aprove"\. The site has Approve, Deny\.$/,
  ],
  [
    'a tag is misspelt',
    { subscriptions: `${APP}    when: { tags: { has: [relase] } }\n` },
    /^problem Site "dev": subscription "app-updated": there is no tag "relase"\. The site has release\.$/,
  ],
  [
    'custom properties may not be read',
    {
      subscriptions: `${APP}    when: { properties: { PromotionApproval: Approve } }\n`,
      before: always(/custompropertydefinition/, { status: 403, body: 'Forbidden' }),
    },
    /^warning Site "dev" refused to list custom properties: 403/,
  ],
  [
    'a subscription cannot be ended',
    { before: always(/notification$/, { status: 500 }, 'DELETE') },
    /^problem Site "dev" refused to end a subscription: 500/,
  ],
  [
    "the site's clock is ahead",
    { switches: { ahead: 90_000 } },
    /^warning Site "dev": its clock is (89|90|91) s ahead of this machine's\. /,
  ],
  [
    "the site's clock is behind",
    { switches: { ahead: -90_000 } },
    /^warning Site "dev": its clock is (89|90|91) s behind this machine's\. /,
  ],
  [
    'the client certificate soon expires',
    { later: 3650 * DAY - 10 * DAY },
    /^warning Site "dev": certificate: the client certificate expires on .*, in \d+ days\. Export a new one/,
  ],
  [
    'the client certificate has expired',
    { later: 3651 * DAY },
    /^problem Site "dev": (certificate: the client certificate|ca: the site's certificate authority) expired on /,
    2,
  ],
  [
    'certificates are not checked',
    { site: 'insecure: true' },
    /^warning Site "dev": its certificate is not checked/,
  ],
  [
    'GitHub does not know the token',
    { credential: 'token: ghp_unknown0000' },
    /^problem GitHub \(localhost:\d+\) refused to read the repository acme\/events: 401 Bad credentials\. /,
  ],
  [
    'the token does not see the repository',
    {
      github: {
        tokens: [
          { token: TOKEN, kind: 'fine-grained', repositories: [], permissions: { contents: 'write' } },
        ],
      },
    },
    /^problem GitHub .* refused to read the repository acme\/events: 404 .*is it written right/,
  ],
  [
    'the App lacks the permission',
    { credential: app(70), github: apps({ permissions: { contents: 'read', actions: 'write' } }) },
    /^problem Installation 70 of the GitHub App 7 lacks Contents: write \(not Actions: write\)/,
  ],
  [
    'the App is not installed so',
    { credential: app(71), github: apps() },
    /^problem GitHub .*There is no installation 71/,
  ],
  [
    'the repository is archived',
    { github: reposited({ archived: true }) },
    /^problem The repository acme\/events is archived/,
  ],
  [
    'no workflow listens',
    {
      github: reposited({
        files: { '.github/workflows/other.yml': 'on: { repository_dispatch: { types: [other] } }' },
      }),
    },
    /^warning No workflow on the branch main of acme\/events listens to the event "qlik-app-updated": .* Listened to there: other\./,
  ],
  [
    'the workflow that listens is disabled',
    {
      github: reposited({
        files: { '.github/workflows/promote.yml': LISTENING },
        disabledWorkflows: ['.github/workflows/promote.yml'],
      }),
    },
    /^warning The event "qlik-app-updated" starts nothing: \.github\/workflows\/promote\.yml would listen, but is disabled/,
  ],
  [
    'GitHub is not there',
    { before: (_, github) => github.away() },
    /^problem GitHub \(localhost:\d+\) gave no answer when asked to read the repository acme\/events/,
  ],
  [
    'the name of the relay cannot be found',
    { listen: `{ url: "http://relay.invalid:${PORT}", host: 127.0.0.1 }` },
    /^problem The name in listen\.url, relay\.invalid, cannot be found: .* Give the name by which the Qlik node knows this machine\.$/,
  ],
  [
    'QRS is to call localhost',
    { listen: `{ url: "http://localhost:${PORT}", host: 127.0.0.1 }` },
    /^warning listen\.url says localhost, which is the Qlik node itself to QRS/,
  ],
  [
    'the address of the relay is not one of this machine',
    { listen: `{ url: "http://127.0.0.1:${PORT}", host: 192.0.2.1 }` },
    new RegExp(String.raw`^problem Port ${PORT} of 192\.0\.2\.1 cannot be used: .*EADDRNOTAVAIL`),
  ],
  [
    'QRS is to call another port',
    { listen: `{ url: "http://127.0.0.1:${OTHER_PORT}", host: 127.0.0.1, port: ${PORT} }` },
    new RegExp(
      String.raw`^warning QRS is to call port ${OTHER_PORT}, and the relay listens on ${PORT}: a proxy must pass the calls on\.$`,
    ),
  ],
  [
    'any port will do',
    { listen: '{ url: "http://127.0.0.1", host: 127.0.0.1, port: 0 }' },
    /^warning listen\.port is 0: /,
  ],
  [
    'https is meant to be done by somebody else',
    { listen: `{ url: "https://127.0.0.1:${PORT}", host: 127.0.0.1 }` },
    /^warning listen\.url is https but no certificate is given/,
  ],
  [
    'the certificate is for another name',
    { listen: await served(['relay-host']) },
    /^problem The certificate of listen is not for 127\.0\.0\.1: QRS sends nothing to an address that it does not trust\.$/,
  ],
  [
    'the certificate has expired',
    { listen: await served(['127.0.0.1'], { notBefore: since(-9 * DAY), notAfter: since(-DAY) }) },
    /^problem The certificate of listen expired on \d{4}-\d\d-\d\d: renew it\.$/,
  ],
  [
    'the certificate is not valid yet',
    { listen: await served(['127.0.0.1'], { notBefore: since(9 * DAY), notAfter: since(90 * DAY) }) },
    /^problem The certificate of listen is not valid before \d{4}-\d\d-\d\d\.$/,
  ],
  [
    'the certificate soon expires',
    { listen: await served(['127.0.0.1'], { notAfter: since(20 * DAY) }) },
    /^warning The certificate of listen expires on \d{4}-\d\d-\d\d: renew it\.$/,
  ],
  [
    'the certificate is right',
    { listen: await served(['127.0.0.1']) },
    /^ok The certificate of listen is for 127\.0\.0\.1, until .* QRS must trust who issued it/,
  ],
];

for (const [name, trial, expected, times = 1] of TRIALS) {
  test(`check: ${name}`, async () => {
    const found = (await findings(trial)).map(told);
    assert.equal(found.filter(line => expected.test(line)).length, times, found.join('\n'));
    const problems = found.filter(line => line.startsWith('problem'));
    assert.deepEqual(
      problems.filter(line => !expected.test(line)),
      [],
      'what is wrong is told once',
    );
  });
}

test('check: the port of a relay that runs is no problem', async () => {
  const other = createServer();
  other.listen(PORT, '127.0.0.1');
  endings.push(() => other.close());
  const found = (await findings()).map(told);
  assert.ok(found.includes(`warning Port ${PORT} is in use. That is right if the relay runs already.`));
});

test('check: a store that is there is tried as it is, and one that is not is not made', async () => {
  const store = join(folder, 'kept.db');
  await findings({ store });
  assert.equal(existsSync(store), false);
  await (await openStore(store)).close();
  const found = (await findings({ store })).map(told);
  assert.ok(found.includes(`ok The store ${store} can be written.`));
});

for (const duplicateSubscriptions of ['same-handle', 'accumulate'] as const) {
  test(`check: a relay that runs keeps its subscriptions (${duplicateSubscriptions})`, async () => {
    const told = Promise.withResolvers<string>();
    const relay = createHttpServer((request, response) => {
      told.resolve(request.url ?? '');
      response.end();
    });
    relay.listen(0, '127.0.0.1');
    endings.push(() => relay.close());
    await once(relay, 'listening');
    const address = relay.address();
    const own = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const watch = { entity: 'App', change: 'update', filter: undefined, property: undefined } as const;
    let qrs: Qrs | undefined;
    await findings({
      switches: { duplicateSubscriptions },
      listen: `{ url: "${own}", host: 127.0.0.1 }`,
      before: async dev => {
        const surroundings = { clock: systemClock, log: keepingLog(), signal: new AbortController().signal };
        qrs = connect(siteOf('dev', dev), surroundings);
        endings.push(() => qrs?.close());
        await subscribe(qrs, watch, `${own}/notify/app-updated/secret`);
      },
      after: async dev => {
        const [app] = dev.site.apps.values();
        if (!qrs) return assert.fail();
        const read = Object(await readApp(qrs, app?.id ?? ''));
        const body = { ...read, description: 'new' };
        await qrs.send({ method: 'PUT', path: `/qrs/app/${app?.id}`, body, attempt: 'edit' });
        const heard = await Promise.race([told.promise, wait(5_000, 'nothing', { ref: false })]);
        assert.equal(heard, '/notify/app-updated/secret');
      },
    });
  });
}
