import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createType3Message, parseType2Message } from '@node-ntlm/core';
import { md4 } from '../../simulator/proxy/md4.ts';
import { authenticated, createChallenge, ntlmMessage } from '../../simulator/proxy/ntlm.ts';
import { type SimulatedProxy, startProxy } from '../../simulator/proxy/proxy.ts';
import type { VirtualProxy } from '../../simulator/proxy/settings.ts';
import { handClock } from '../../simulator/site/hand-clock.ts';
import { keyed, started } from './client.ts';

// curl takes the bytes of a password for Latin-1: ASCII alone means the same to both.
const PASSWORD = 'Pass "word" 42';
const NTLM: VirtualProxy = {
  kind: 'ntlm',
  prefix: '',
  accounts: [{ user: 'COMPANY\\anna', password: PASSWORD }],
};
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const JWT: VirtualProxy = { kind: 'jwt', prefix: 'jwt/inner', publicKey: pem, cookie: 'Biscuit' };
const HEADER: VirtualProxy = { kind: 'header', prefix: 'hdr', name: 'X-User', directory: 'COMPANY' };

const clock = handClock();
const site = await started({ clock, data: { users: ['COMPANY\\anna', 'COMPANY\\bob'] } });

async function proxied(...virtualProxies: VirtualProxy[]): Promise<SimulatedProxy> {
  const proxy = await startProxy(site, { virtualProxies });
  after(() => proxy.stop());
  return proxy;
}

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function token(claims: object, alg = 'RS256'): string {
  const text = `${base64({ alg, typ: 'JWT' })}.${base64(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey).toString('base64url')}`;
}

const anna = { userId: 'anna', userDirectory: 'COMPANY' };

interface Reply {
  status: number;
  cookie: string;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

function call(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const given = { 'X-Qlik-Xrfkey': '0123456789abcdef', ...headers };
    const outgoing = request(
      url,
      { method, ca: site.ca, agent: false, servername: 'localhost', headers: given },
      incoming => {
        const pieces: Buffer[] = [];
        incoming.on('data', piece => pieces.push(piece));
        incoming.on('end', () => {
          const cookie = (incoming.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
          const text = Buffer.concat(pieces).toString();
          resolve({ status: incoming.statusCode ?? 0, cookie, headers: incoming.headers, text });
        });
      },
    );
    outgoing.on('error', reject).end();
  });
}

test('MD4 is that of RFC 1320', () => {
  const digits = '1234567890'.repeat(8);
  for (const [text, digest] of [
    ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
    [digits, 'e33b4ddc9c38f2199c3e7b164fcc0536'],
  ] as const) {
    assert.equal(md4(Buffer.from(text)).toString('hex'), digest);
  }
});

test('proxy: a token opens one session, which its cookie keeps, in the name of the user', async () => {
  const proxy = await proxied(JWT);
  const url = proxy.url('jwt/inner');
  const bearer = { authorization: `Bearer ${token(anna)}` };
  const first = await call(url + keyed('/qrs/about'), bearer);
  assert.equal(first.status, 200);
  assert.match(first.cookie, /^Biscuit=/);
  const second = await call(url + keyed('/qrs/app'), { cookie: first.cookie });
  assert.equal(second.status, 200);
  assert.equal(site.counters.requests.at(-1)?.user, 'COMPANY\\anna');
  assert.equal(proxy.sessions.made, 1);
  clock.advance(30 * 60_000);
  assert.equal((await call(url + keyed('/qrs/app'), { cookie: first.cookie })).status, 302);
});

for (const [name, claims, alg] of [
  ['expired', { ...anna, exp: Math.floor(clock.now() / 1000) - 1 }],
  ['issued in the future', { ...anna, iat: Math.floor(clock.now() / 1000) + 86_400 }],
  ['of other claim names', { UserId: 'anna', UserDirectory: 'COMPANY' }],
  ['of another algorithm', anna, 'HS256'],
] as [string, object, string?][]) {
  test(`proxy: a token ${name} is 401`, async () => {
    const proxy = await proxied(JWT);
    const authorization = `Bearer ${token(claims, alg)}`;
    const { status, cookie } = await call(proxy.url('jwt/inner') + keyed('/qrs/about'), { authorization });
    assert.deepEqual([status, cookie], [401, '']);
  });
}

test('proxy: a token signed with another key is 401', async () => {
  const proxy = await proxied(JWT);
  const foreign = `${token(anna).replace(/\.[^.]*$/, '')}.${Buffer.alloc(256).toString('base64url')}`;
  const url = proxy.url('jwt/inner') + keyed('/qrs/about');
  assert.equal((await call(url, { authorization: `Bearer ${foreign}` })).status, 401);
});

test('proxy: the sixth session of a user is refused, another user is not', async () => {
  const proxy = await proxied(HEADER);
  const url = proxy.url('hdr') + keyed('/qrs/about');
  for (let count = 0; count < 5; count += 1) {
    assert.equal((await call(url, { 'x-user': 'anna' })).status, 200);
  }
  const sixth = await call(url, { 'x-user': 'anna' });
  assert.equal(sixth.status, 403);
  assert.match(sixth.text, /too many sessions active in parallel/);
  assert.equal((await call(url, { 'x-user': 'bob' })).status, 200);
});

test('proxy: without credentials, prefix or a host it knows', async () => {
  const proxy = await proxied(HEADER, NTLM, { ...JWT, loginAt: 'https://login.example/' });
  const lost = await call(proxy.url('hdr') + keyed('/qrs/about'));
  assert.deepEqual([lost.status, lost.cookie], [302, '']);
  assert.match(String(lost.headers.location), /\/hdr\/internal_forms_authentication\/\?targetId=/);
  const elsewhere = await call(proxy.url('jwt/inner') + keyed('/qrs/about'));
  assert.match(String(elsewhere.headers.location), /^https:\/\/login\.example\/\?targetId=/);
  const noWindows = await call(proxy.url('') + keyed('/qrs/about'));
  assert.match(String(noWindows.headers.location), /internal_forms_authentication/);
  assert.match((await call(String(noWindows.headers.location))).text, /<form/);
  const host = await call(proxy.url('hdr') + keyed('/qrs/about'), { host: 'other', 'x-user': 'anna' });
  assert.equal(host.status, 400);
  assert.match(host.text, /The http request header is incorrect\./);
  const alone = await proxied(HEADER);
  assert.equal((await call(alone.url('other') + keyed('/qrs/about'))).status, 400);
});

test('proxy: a POST without a session is lost, and one without a token where it wants one is 403', async () => {
  const proxy = await proxied({ ...JWT, csrf: true });
  const url = proxy.url('jwt/inner');
  const before = site.counters.requests.length;
  assert.equal((await call(url + keyed('/qrs/tag'), {}, 'POST')).status, 302);
  const { cookie } = await call(url + keyed('/qrs/about'), { authorization: `Bearer ${token(anna)}` });
  assert.equal((await call(url + keyed('/qrs/tag'), { cookie }, 'POST')).status, 403);
  assert.equal(site.counters.requests.length, before + 1);
  const csrf = String((await call(`${url}/qps/csrftoken`, { cookie })).headers['qlik-csrf-token']);
  await call(url + keyed('/qrs/tag'), { cookie, 'qlik-csrf-token': csrf }, 'POST');
  assert.equal(site.counters.requests.length, before + 2);
});

test('proxy: a user who is no administrator sees no tasks', async () => {
  const proxy = await proxied({ ...HEADER, plainUsers: ['COMPANY\\anna'] });
  const headers = { 'x-user': 'anna' };
  const { cookie } = await call(proxy.url('hdr') + keyed('/qrs/app'), headers);
  for (const path of ['/qrs/reloadtask', '/qrs/task/full', '/qrs/executionresult'])
    assert.equal((await call(proxy.url('hdr') + keyed(path), { cookie })).status, 403, path);
});

test('proxy: NTLM counts only for what the server said of itself, and for this challenge', () => {
  const account = { user: 'COMPANY\\anna', password: PASSWORD };
  const challenge = createChallenge('COMPANY', 'QLIK01');
  const parsed = parseType2Message(challenge.header);
  const given = { domain: 'COMPANY', username: 'anna', password: PASSWORD, workstation: '' };
  const who = (asked: typeof parsed, of = challenge) => {
    const message = ntlmMessage(createType3Message(asked, given), 3) ?? assert.fail();
    return authenticated(message, of, [account]);
  };
  assert.equal(who(parsed), account);
  assert.equal(who({ ...parsed, targetInfo: Buffer.alloc(4) }), undefined);
  assert.equal(who({ ...parsed, serverChallenge: Buffer.alloc(8) }), undefined);
  assert.equal(who(parsed, createChallenge('COMPANY', 'QLIK02')), undefined);
  const upn = { user: 'anna@company.example', password: PASSWORD };
  const of = { domain: '', username: upn.user, password: PASSWORD, workstation: '' };
  const message = ntlmMessage(createType3Message(parsed, of), 3) ?? assert.fail();
  assert.equal(authenticated(message, challenge, [account, upn]), upn);
  assert.equal(who({ ...parsed, negotiateFlags: parsed.negotiateFlags & ~0x80000 }), undefined, 'version 1');
});

/** Another implementation of NTLM than any of ours. */
const curlHasNtlm = () => {
  try {
    return /^Features:.*\bNTLM\b/m.test(execFileSync('curl', ['-V'], { encoding: 'utf8' }));
  } catch {
    return false;
  }
};

function curl(
  proxy: SimulatedProxy,
  path: string,
  ...args: string[]
): Promise<{ status: number; said: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'qrs-action-curl-'));
  writeFileSync(join(folder, 'ca.pem'), site.ca);
  const fixed = ['-sS', '--noproxy', '*', '--cacert', join(folder, 'ca.pem'), '-c', join(folder, 'cookies')];
  const all = [...fixed, '-H', 'X-Qlik-Xrfkey: 0123456789abcdef', '-w', '\n%{http_code}', ...args];
  return new Promise((resolve, reject) => {
    execFile('curl', [...all, proxy.url('') + keyed(path)], (error, stdout) => {
      rmSync(folder, { recursive: true });
      if (error) reject(error);
      else resolve({ status: Number(/\d+$/.exec(stdout)?.[0]), said: stdout });
    });
  });
}

test('proxy: curl gets through NTLM with the right password alone', {
  skip: !curlHasNtlm() && 'curl -V names no NTLM',
}, async () => {
  for (const atOnce of [false, true]) {
    const proxy = await proxied({ ...NTLM, atOnce });
    const windows = ['-A', 'Windows', '-L', '--ntlm'];
    const right = await curl(proxy, '/qrs/about', ...windows, '-u', `company\\Anna:${PASSWORD}`);
    assert.equal(right.status, 200, right.said);
    assert.match(right.said, /"buildVersion"/);
    assert.equal(proxy.sessions.made, 1);
    const refused = [
      ['-u', 'COMPANY\\anna:wrong'],
      ['-u', `COMPANY\\bob:${PASSWORD}`],
      ['-u', `OTHER\\anna:${PASSWORD}`],
    ];
    for (const user of refused) {
      const wrong = await curl(proxy, '/qrs/about', ...windows, ...user);
      assert.equal(wrong.status, 401, wrong.said);
    }
    assert.equal(proxy.sessions.made, 1);
  }
  const proxy = await proxied(NTLM);
  const plain = await curl(proxy, '/qrs/about', '-L', '--ntlm', '-u', `COMPANY\\anna:${PASSWORD}`);
  assert.match(plain.said, /<form/, 'a User-Agent without Windows gets a form');
});
