import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { startGitHub } from '../../simulator/github/server.ts';
import { startSimulator } from '../../simulator/server.ts';
import type { Fault } from '../../simulator/wire/faults.ts';
import { freePort } from '../../simulator/wire/free-port.ts';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { command, looked, start } from './command.ts';

/**
 * Marked secrets in all places where one may stand, through failures whose answers show them: nothing of them is in
 * what the commands print, nor, but for the callback's own, in the store.
 */

const TOKEN = 'github_pat_MARKED0123456789abcdef';
const JWT = `eyJhbGciOiJSUzI1NiJ9.${base64('{"userId":"marked","userDirectory":"MARKED"}').replace(/=+$/, '')}.bWFya2Vkc2lnbmF0dXJl`;
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
const own = await (await createAuthority('own root')).issueServer({ hostNames: ['localhost'] });

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

const endings: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Whatever of a secret gives it away: each line of it, as base64 and in an address as well. */
function traces(secret: string): string[] {
  const lines = secret.split('\n').filter(line => line.length >= 12 && !line.startsWith('-----'));
  const forms = [secret, secret.trim(), ...lines];
  return forms.flatMap(form => [form, base64(form).slice(0, -4), encodeURIComponent(form)]);
}

function search(where: string, text: string, secrets: Readonly<Record<string, string>>): void {
  for (const [name, secret] of Object.entries(secrets)) {
    for (const trace of traces(secret)) assert.ok(!text.includes(trace), `${where} shows ${name}`);
  }
}

async function world(options: { jwt?: boolean; app?: boolean; github?: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-relay-secrets-'));
  endings.push(() => rmSync(folder, { recursive: true }));
  const dev = await startSimulator({ name: 'dev', data: { apps: [{ name: 'Sales' }, { name: 'Stock' }] } });
  const github = await startGitHub({
    repositories: [{ name: 'acme/events' }],
    tokens: [{ token: TOKEN, kind: 'fine-grained', repositories: 'all', permissions: { contents: 'write' } }],
  });
  endings.push(() => Promise.all([dev.stop(), github.stop()]));
  const signIn = options.jwt ? 'jwt: ${JWT}' : 'certificate: ${CLIENT}, key: ${KEY}';
  const port = await freePort();
  const app = '{ id: 7, key: "${APP_KEY}", installation: 70 }';
  writeFileSync(
    join(folder, 'relay.yml'),
    `sites: { dev: { url: '${dev.url}', ${signIn.replace(/\$\{\w+\}/g, '"$&"')}, ca: "\${ROOT}" } }
listen: { url: 'https://localhost:${port}', host: 127.0.0.1, certificate: "\${SERVER}", key: "\${SERVER_KEY}" }
github: { url: '${options.github ?? github.url}', ${options.app ? `app: ${app}` : 'token: "${TOKEN}"'} }
store: relay.db
subscriptions:
  - { name: watched, site: dev, entity: App, quiet: 1s, send: { repository: acme/events, event: changed } }
`,
  );
  const env = {
    CLIENT: dev.certificate,
    KEY: dev.key,
    ROOT: dev.ca,
    SERVER: own.certificatePem,
    SERVER_KEY: base64(own.keyPem),
    JWT,
    TOKEN,
    // As a variable often has it.
    APP_KEY: privateKey.replaceAll('\n', '\\n'),
  };
  const secrets = { 'the token': TOKEN, 'the jwt': JWT, "the App's key": privateKey };
  const keys = { "the site's key": dev.key, "the relay's key": own.keyPem };
  return { folder, dev, github, port, env, secrets: { ...secrets, ...keys } };
}

type World = Awaited<ReturnType<typeof world>>;

/**
 * Runs the relay, with changes that are notified, until it has said what is awaited, and everything that looks at it;
 * searches all of it.
 */
async function searched(
  { folder, dev, port, env, secrets }: World,
  says: RegExp,
  known?: (secret: string) => void,
): Promise<string> {
  const around = { cwd: folder, env };
  const path = join(folder, 'relay.db');
  const secret = await looked(path, store => store.setting('secret', () => 'MARKED-secret-of-the-callback'));
  known?.(secret);
  const relay = start(['run', '--log-level', 'debug'], around);
  endings.push(() => relay.stop());
  await relay.says(new RegExp(`listens on port ${port}`));
  const items = [...dev.site.apps.keys()].map(objectID => ({ changeType: 2, objectType: 'App', objectID }));
  const call = request({
    ...{ host: 'localhost', port, family: 4, rejectUnauthorized: false },
    ...{ method: 'POST', path: `/notify/watched/${secret}` },
  });
  call.end(JSON.stringify(items));
  const [answer] = await once(call, 'response');
  answer.resume();
  assert.equal(answer.statusCode, 202);
  await relay.says(says);
  // A check knows another address than the relay's.
  if (known) dev.faults.clear();
  const check = await command(['check', '--log-level', 'debug'], around);
  const ended = await relay.stop();
  const looks = [];
  for (const args of [['status'], ['list', '--store', 'relay.db'], ['list', '--json']]) {
    looks.push(await command([...args, '--log-level', 'debug'], around));
  }
  const printed = [ended, check, ...looks].map(({ stdout, stderr }) => stdout + stderr).join('\n');
  search('the output', printed, { ...secrets, 'the secret of the callback': secret });
  for (const name of readdirSync(folder).filter(one => one.startsWith('relay.db'))) {
    search(name, readFileSync(join(folder, name), 'latin1'), secrets);
  }
  await looked(path, async store => {
    search('a delivery', JSON.stringify(await store.list({ limit: 100 })), {
      'the secret of the callback': secret,
    });
  });
  return printed;
}

/** An answer that shows what a proxy on the way, or a careless server, saw of the request. */
const echo = (status: number, shown: string): Fault => ({ status, body: `Forbidden for ${shown}` });
const everything = ({ env, folder }: World) =>
  [env.TOKEN, env.JWT, env.KEY, env.SERVER_KEY, encodeURIComponent(env.KEY), folder].join('; ');

test('secrets: a site that says no and shows what it was sent', async () => {
  const set = await world({});
  const shown = everything(set);
  const cut = `${'x'.repeat(470)}${set.env.JWT}`;
  set.dev.faults.add({ path: /app\/full/, fault: echo(403, cut) });
  set.dev.faults.add({ path: /app\/full/, times: 1000, fault: echo(403, shown) });
  set.dev.faults.add({ path: /changes/, times: 1000, fault: echo(500, shown) });
  await searched(set, /cannot be read back: Site \\"dev\\" refused to read App .*: 403 Forbidden for \*\*\*/);
});

test('secrets: a site that shows the address it was to call', async () => {
  const set = await world({});
  const known = (secret: string) => {
    const shown = echo(403, `https://localhost:${set.port}/notify/watched/${secret}`);
    set.dev.faults.add({ method: 'POST', path: /notification$/, times: 1000, fault: shown });
  };
  await searched(set, /is not kept: .* refused to tell of changes of App: 403 Forbidden for /, known);
});

test('secrets: a token that GitHub does not take, and shows', async () => {
  const set = await world({});
  const body = JSON.stringify({ message: `Bad credentials: token ${TOKEN}` });
  const headers = { 'Content-Type': 'application/json' };
  set.github.faults.add({ path: /./, times: 1000, fault: { status: 401, body, headers } });
  await searched(set, /refused to dispatch .*401 Bad credentials: token \*\*\*/);
});

test('secrets: an App whose key GitHub does not know', async () => {
  await searched(await world({ app: true }), /refused to make a token of the GitHub App 7/);
});

test('secrets: a JSON Web Token at a site that wants a certificate', async () => {
  await searched(await world({ jwt: true }), /(cannot be watched|is not kept): Site \\"dev\\"/);
});

test('secrets: a GitHub behind a proxy that cannot be reached', async () => {
  const set = await world({ github: 'http://github.invalid' });
  Object.assign(set.env, { HTTP_PROXY: 'http://user:MARKEDpassword@127.0.0.1:9' });
  const printed = await searched(set, /gave no answer when asked to dispatch/);
  assert.match(printed, /through the proxy 127\.0\.0\.1:9/);
  assert.doesNotMatch(printed, /MARKEDpassword/);
});

test('secrets: a configuration that is wrong wherever a secret stands', async () => {
  const set = await world({});
  const around = { cwd: set.folder, env: set.env };
  writeFileSync(
    join(set.folder, 'relay.yml'),
    `sites: { dev: { url: "\${TOKEN}", certificate: "\${KEY}", key: "\${JWT}", ca: "\${TOKEN}", pfx: "\${APP_KEY}" } }
listen: { url: "\${JWT}", certificate: "\${SERVER_KEY}", key: "\${TOKEN}", port: "\${TOKEN}" }
github: { token: "\${TOKEN}", app: "\${APP_KEY}" }
store: "postgres://u:\${TOKEN}@db"
subscriptions: [{ name: "\${TOKEN} x", site: "\${JWT}", entity: "\${KEY}", quiet: "\${TOKEN}" }]
`,
  );
  for (const name of ['run', 'check', 'status', 'list']) {
    const { code, stdout, stderr } = await command([name, '--log-level', 'debug'], around);
    assert.equal(code, 1);
    assert.match(stderr, /^relay\.yml:1:/);
    search(name, stdout + stderr, set.secrets);
  }
});
