import { createSign, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProxy } from '../../simulator/proxy/proxy.ts';
import { startSimulator } from '../../simulator/server.ts';
import type { SwitchesInput } from '../../simulator/site/switches.ts';

const password = 'Pass word 42';
/** Each has a token of their own. */
const people = ['u1', 'u2', 'u3', 'u4', 'u5'];
/** It ends before anybody can look: some clients open a session with each look, and a user may have five. */
const run = { takes: '1ms', ends: 'FinishedSuccess' as const };

/**
 * Node's server may break a connection by which a client sends its next request before Node has noticed that a large
 * answer was sent; some of these clients are that fast.
 */
const size = '8 KB';

const data = {
  streams: ['Everyone', 'Review'],
  tags: ['Old', 'Promoted'],
  customProperties: { Region: ['North', 'South'] },
  users: ['COMPANY\\anna', ...people.map(name => `COMPANY\\${name}`)],
  apps: [
    { name: 'Sales', tags: ['Old'], properties: { Region: 'North' }, size },
    { name: 'Live', stream: 'Everyone', size },
  ],
  tasks: [
    { name: 'Nightly', app: 'Live', runs: [run], last: { ago: '1h', takes: '5m' } },
    { name: 'Copy', type: 'external' as const, runs: [run] },
  ],
};

export type ClientSite = Awaited<ReturnType<typeof startSite>>;

/** A site for one client, with its certificate as files, and a proxy before it. */
export async function startSite(switches: SwitchesInput = {}) {
  const simulator = await startSimulator({ name: 'dev', data, switches });
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const proxy = await startProxy(simulator, {
    virtualProxies: [
      {
        kind: 'jwt',
        prefix: 'jwt',
        publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      },
      {
        kind: 'ntlm',
        prefix: 'win',
        cookie: 'X-Qlik-Session',
        accounts: [{ user: 'COMPANY\\anna', password }],
      },
      {
        kind: 'ntlm',
        prefix: 'at-once',
        cookie: 'X-Qlik-Session',
        atOnce: true,
        accounts: [{ user: 'COMPANY\\anna', password }],
      },
    ],
  });
  const folder = mkdtempSync(join(tmpdir(), 'qrs-clients-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const tokenOf = (userId: string) => {
    const claims = `${base64({ alg: 'RS256', typ: 'JWT' })}.${base64({ userId, userDirectory: 'COMPANY' })}`;
    return `${claims}.${createSign('RSA-SHA256').update(claims).sign(privateKey).toString('base64url')}`;
  };
  const { port } = new URL(simulator.url);
  return {
    simulator,
    folder,
    port: Number(port),
    url: simulator.url,
    certificate: file('client.pem', simulator.certificate),
    key: file('client_key.pem', simulator.key),
    root: file('root.pem', simulator.ca),
    jwt: { url: proxy.url('jwt'), tokens: Object.fromEntries(people.map(name => [name, tokenOf(name)])) },
    ntlm: { url: proxy.url('win'), atOnce: proxy.url('at-once'), user: 'COMPANY\\anna', password },
    async stop() {
      await proxy.stop();
      await simulator.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
