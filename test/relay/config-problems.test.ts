import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.ts';
import { readConfig } from '../../src/relay/config/read.ts';
import {
  ENVIRONMENT,
  ONE,
  type Parts,
  read,
  SITES,
  SUBSCRIPTIONS,
  subscribed,
  textOf,
} from './config-parts.ts';

function problems(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error.sentences;
  }
  return [];
}

/** A subscription begins in line 7 of the whole; what is added to it, in line 11. */
const WRONG: [string, Parts | string, string[]][] = [
  ['nothing at all', '', ['relay.yml:1:1: This must be a mapping, as in "sites: …".']],
  [
    'no YAML',
    'sites: {',
    [
      'relay.yml:1:9: a quote, bracket or brace is opened and not closed, a key lacks its colon, or a line is indented too far. Look here and at the line above.',
    ],
  ],
  [
    'every part missing',
    '{}',
    ['sites', 'listen', 'github', 'store', 'subscriptions'].map(
      name =>
        `relay.yml:1:1: "${name}" is missing${name === 'sites' ? ': it must be a mapping of sites by name' : ''}.`,
    ),
  ],
  [
    'misspelt keys, at every depth',
    {
      sites: SITES.replace('ca:', 'sa:'),
      listen: 'listen: { url: "http://relay-host:8080", prot: 1 }\n',
      github: 'github: { tokem: x }\n',
      subscriptions: subscribed('    quite: 5s\n    when: { propertys: {} }\n'),
      more: 'backlogs: 5\n',
    },
    [
      'relay.yml:2:81: unknown key "sa". Did you mean "ca"? Allowed: …',
      'relay.yml:3:42: unknown key "prot". Did you mean "port"? Allowed: url, host, port, status, certificate, key.',
      'relay.yml:4:1: "github" must have a token or an app (with id, key and installation).',
      'relay.yml:4:11: unknown key "tokem". Did you mean "token"? Allowed: url, token, app, ca.',
      'relay.yml:11:5: unknown key "quite". Did you mean "quiet"? Allowed: name, site, …',
      'relay.yml:12:13: unknown key "propertys". Did you mean "properties"? Allowed: published, properties, tags, status.',
      'relay.yml:13:1: unknown key "backlogs". Did you mean "backlog"? Allowed: sites, …',
    ],
  ],
  [
    'a variable that is not set, and one that is empty',
    { github: 'github: { token: "${TOKEM}", ca: "${EMPTY}" }\n' },
    ['relay.yml:4:11: ${TOKEM}, ${EMPTY} are used, but these environment variables are not set, or empty.'],
  ],
  [
    'no site',
    { sites: 'sites: {}\n' },
    ['relay.yml:1:1: "sites" must be a mapping of at least one site by name.'],
  ],
  [
    'a site without credentials',
    { sites: 'sites:\n  dev: { url: "https://qlik-dev:4242" }\n' },
    ['relay.yml:2:3: site "dev": no credentials. …'],
  ],
  [
    'a key that is none',
    { sites: SITES.replace('${KEY}', '-----BEGIN PRIVATE KEY-----marked-----END PRIVATE KEY-----') },
    [
      'relay.yml:2:66: site "dev": key: its line breaks are lost, and a part of it is missing: give the file again.',
    ],
  ],
  [
    'an address without scheme',
    { listen: 'listen: { url: "relay-host:8080" }\n' },
    ['relay.yml:3:11: "listen.url" must be a URL that begins with http:// or https://.'],
  ],
  [
    'an address with a query',
    { listen: 'listen: { url: "http://u:marked@relay-host/?x=1" }\n' },
    ['relay.yml:3:11: "listen.url" must be without user, query and #.'],
  ],
  [
    'a place of health and metrics without a port',
    { listen: 'listen: { url: "http://relay-host", status: localhost }\n' },
    ['relay.yml:3:37: "listen.status" must be a host and a port, such as 127.0.0.1:9464.'],
  ],
  [
    'a port that is none',
    { listen: 'listen: { url: "http://relay-host", port: 70000 }\n' },
    ['relay.yml:3:37: "listen.port" …'],
  ],
  [
    'a certificate without its key',
    { listen: 'listen: { url: "https://relay-host", certificate: "${SERVER}" }\n' },
    ['relay.yml:3:1: "listen.key" is missing; certificate and key go together.'],
  ],
  [
    'a certificate where the address says http',
    { listen: 'listen: { url: "http://relay-host", certificate: "${SERVER}", key: "${SERVER_KEY}" }\n' },
    ['relay.yml:3:11: "listen.url" must begin with https:// where certificate and key are given.'],
  ],
  [
    "another certificate's key",
    { listen: 'listen: { url: "https://relay-host", certificate: "${SERVER}", key: "${KEY}" }\n' },
    ['relay.yml:3:64: listen.key: it does not belong to the certificate.'],
  ],
  [
    'a certificate and a key that are neither text nor files',
    { listen: 'listen: { url: "https://relay-host", certificate: nowhere, key: nowhere }\n' },
    [
      'relay.yml:3:38: listen.certificate: the value is neither PEM text nor base64 of it, and as a path …',
      'relay.yml:3:60: listen.key: the value is neither PEM text nor base64 of it, and as a path …',
    ],
  ],
  [
    'no way to sign in to GitHub',
    { github: 'github: {}\n' },
    ['relay.yml:4:1: "github" must have a token or an app (with id, key and installation).'],
  ],
  [
    'two ways to sign in to GitHub',
    { github: 'github: { token: "${TOKEN}", app: { id: 7, key: "${KEY}", installation: 70 } }\n' },
    ['relay.yml:4:30: "github.app" must not stand beside a token: give either a token or an app …'],
  ],
  [
    'an App without its key',
    { github: 'github: { app: { id: 7, installation: 70 } }\n' },
    ['relay.yml:4:11: "github.app.key" is missing.'],
  ],
  [
    'an App whose key cannot be read',
    { github: 'github: { app: { id: 7, key: ./nowhere.pem, installation: 70 } }\n' },
    ['relay.yml:4:25: github.app.key: the value is neither PEM text nor base64 of it, and as a path …'],
  ],
  [
    'a database of another kind',
    { store: 'store: mysql://relay:marked@db/relay\n' },
    ['relay.yml:5:1: "store" must be the path of a file, or a URL that begins with postgres://.'],
  ],
  [
    'no subscription',
    { subscriptions: 'subscriptions: []\n' },
    ['relay.yml:6:1: "subscriptions" must have at least one subscription.'],
  ],
  [
    'a subscription of a site that is not there',
    { subscriptions: SUBSCRIPTIONS.replace('dev', 'dve') },
    [
      'relay.yml:8:5: subscription "app-updated": there is no site "dve". Did you mean "dev"? Known sites: dev, Development.',
    ],
  ],
  [
    'two of one name, in whatever case',
    { subscriptions: subscribed(ONE.replace('app-updated', 'App-Updated')) },
    [`relay.yml:11:5: subscriptions: name "App-Updated": name is another subscription's name too; …`],
  ],
  [
    'a name that does not fit into an address',
    { subscriptions: SUBSCRIPTIONS.replace('app-updated', 'app updated/x') },
    [
      'relay.yml:7:5: subscriptions: name "app updated/x": name must be up to 64 letters, digits, ".", "_" or "-".',
    ],
  ],
  [
    'a name that is too long, and an event that is',
    {
      subscriptions: SUBSCRIPTIONS.replace('app-updated', 'n'.repeat(65)).replace(
        'qlik-app-updated',
        'e'.repeat(101),
      ),
    },
    [
      'relay.yml:7:5: subscriptions: name "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…": name must be up to 64 letters, …',
      'relay.yml:10:38: subscriptions: name "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…": send: event must be at most 100 characters.',
    ],
  ],
  [
    'no repository',
    { subscriptions: SUBSCRIPTIONS.replace('acme/events', 'https://github.com/acme/events') },
    ['relay.yml:10:13: subscriptions: name "app-updated": send: repository must be owner/name.'],
  ],
  [
    'a change that QRS does not know',
    { subscriptions: subscribed('    change: [updated]\n') },
    ['relay.yml:11:14: subscriptions: name "app-updated": change entry 1 must be add, update or delete.'],
  ],
  [
    'no change',
    { subscriptions: subscribed('    change: []\n') },
    ['relay.yml:11:5: subscriptions: name "app-updated": change must name at least one change.'],
  ],
  [
    'two properties at once',
    { subscriptions: subscribed('    property: lastReloadTime,name\n') },
    [
      'relay.yml:11:5: subscriptions: name "app-updated": property must be the name of one property of QRS such as lastReloadTime.',
    ],
  ],
  [
    'the status of an app',
    { subscriptions: subscribed('    when: { status: [FinishedFail] }\n') },
    ['relay.yml:11:13: subscriptions: name "app-updated": when: status is for the entity ExecutionResult.'],
  ],
  [
    'a status that is none',
    {
      subscriptions: SUBSCRIPTIONS.replace('App', 'ExecutionResult').concat(
        '    when: { status: [Finished] }\n',
      ),
    },
    ['relay.yml:11:22: subscriptions: name "app-updated": when: status entry 1 must be …'],
  ],
  [
    'what an execution result does not have',
    {
      subscriptions: SUBSCRIPTIONS.replace('App', 'ExecutionResult').concat(
        '    when: { published: true, tags: { has: [x] }, properties: { A: b } }\n',
      ),
    },
    [
      'relay.yml:11:13: subscriptions: name "app-updated": when: published is for the entity App.',
      'relay.yml:11:30: subscriptions: name "app-updated": when: tags is nothing that an ExecutionResult has; use when.status.',
      'relay.yml:11:50: subscriptions: name "app-updated": when: properties is nothing that an ExecutionResult has; use when.status.',
    ],
  ],
  [
    'a quiet time that never comes',
    { subscriptions: subscribed('    quiet: 2m\n') },
    [
      'relay.yml:11:5: subscriptions: name "app-updated": quiet must not be longer than max-wait (1 min 0 s).',
    ],
  ],
  [
    'a quiet time that is too short',
    { subscriptions: subscribed('    quiet: 900ms\n') },
    ['relay.yml:11:5: subscriptions: name "app-updated": quiet must be at least 1s.'],
  ],
  [
    'no duration',
    { subscriptions: subscribed('    quiet: soon\n    max-wait: 5\n'), more: 'history: { age: 30 }\n' },
    [
      'relay.yml:11:5: subscriptions: name "app-updated": quiet must be a duration such as 5s, 2m or 30d.',
      'relay.yml:12:5: subscriptions: name "app-updated": max-wait must be a duration such as 5s, 2m or 30d.',
      'relay.yml:13:12: "history.age" must be a duration such as 5s, 2m or 30d.',
    ],
  ],
  [
    'a user without directory',
    { subscriptions: subscribed('    ignore-users: [sa_api]\n') },
    ['relay.yml:11:20: subscriptions: name "app-updated": ignore-users entry 1 must be DIRECTORY\\user.'],
  ],
  ['no backlog', { more: 'backlog: 0\n' }, ['relay.yml:11:1: "backlog" must be at least 1.']],
];

/** `…` stands for whatever follows, `…` alone for further problems. */
function agree(found: readonly string[], expected: readonly string[]): boolean {
  const wanted = expected.filter(line => line !== '…');
  const fits = (line: string, index: number) => {
    const one = wanted[index] ?? '';
    return one.endsWith('…') ? line.startsWith(one.slice(0, -1)) : line === one;
  };
  return (
    found.length >= wanted.length &&
    found.slice(0, wanted.length).every(fits) &&
    (wanted.length < expected.length || found.length === wanted.length)
  );
}

for (const [name, given, expected] of WRONG) {
  test(`configuration: ${name}`, () => {
    const found = problems(typeof given === 'string' ? given : textOf(given));
    assert.ok(agree(found, expected), `\n${found.join('\n')}\n  is not\n${expected.join('\n')}`);
    assert.doesNotMatch(found.join('\n'), /marked|BEGIN/);
  });
}

test('configuration: problems of credentials are told together with those between the parts', () => {
  const found = problems(
    textOf({
      sites: 'sites:\n  dev: { url: "https://qlik-dev:4242", jwt: marked }\n',
      listen: 'listen: { url: "https://relay-host", certificate: "${SERVER}", key: "${KEY}" }\n',
      github: 'github: { token: "${TOKEN}", ca: ./nowhere.pem }\n',
      subscriptions: subscribed(ONE.replace('app-updated', 'other').replace('site: dev', 'site: test')),
    }),
  );
  assert.deepEqual(
    found.map(line => line.split(':').slice(1, 3).join(':')),
    ['2:40', '3:64', '4:30', '12:5'],
  );
  assert.doesNotMatch(found.join('\n'), /marked/);
});

test('configuration: a GITHUB_API_URL that is no plain URL is refused, and not shown', () => {
  const GITHUB_API_URL = 'https://anna:marked@ghe/api/v3';
  const given = { environment: { ...ENVIRONMENT, GITHUB_API_URL }, secret: () => {} };
  const text = textOf({});
  assert.throws(
    () => readConfig({ from: 'relay.yml', text }, given),
    (error: InputError) => /GITHUB_API_URL holds no URL/.test(error.message) && !/marked/.test(error.message),
  );
});
