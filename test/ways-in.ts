import { createSign, generateKeyPairSync } from 'node:crypto';
import { startProxy } from '../simulator/proxy/proxy.ts';
import type { VirtualProxy } from '../simulator/proxy/settings.ts';
import type { Simulator } from '../simulator/server.ts';
import type { Site } from '../src/sites/site.ts';
import { readSites } from '../src/sites/sites.ts';

/** Who signs in through virtual proxies; no other text of a run contains any of these. */
export const PASSWORD = 'Pässw0rd-"MARKED"&PW';
export const HEADER_VALUE = 'COMPANY\\MARKEDHEADERUSER';
export const USERS = ['COMPANY\\anna', HEADER_VALUE];
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PUBLIC_KEY = publicKey.export({ type: 'spki', format: 'pem' }).toString();

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of COMPANY\anna that lasts a year, unless it is told otherwise. */
export function token(claims: object = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const anna = { userId: 'anna', userDirectory: 'COMPANY', iat: now, exp: now + 31_536_000, jti: 'MARKED' };
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ ...anna, ...claims })}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey).toString('base64url')}`;
}

export type Way = 'certificate' | 'jwt' | 'ntlm' | 'header';

const PREFIX = { jwt: 'jwt/inner', ntlm: 'win', header: 'hdr' } as const;

/** More of a virtual proxy than its kind, by the kind. */
export interface More {
  jwt?: Partial<Extract<VirtualProxy, { kind: 'jwt' }>>;
  ntlm?: Partial<Extract<VirtualProxy, { kind: 'ntlm' }>>;
  header?: Partial<Extract<VirtualProxy, { kind: 'header' }>>;
}

/** A proxy with a virtual proxy of each kind in front of a simulated site. */
export function allWaysIn(simulator: Simulator, more: More = {}) {
  return startProxy(simulator, {
    virtualProxies: [
      { kind: 'jwt', prefix: PREFIX.jwt, publicKey: PUBLIC_KEY, cookie: 'Biscuit', ...more.jwt },
      {
        kind: 'ntlm',
        prefix: PREFIX.ntlm,
        accounts: [{ user: 'COMPANY\\anna', password: PASSWORD }],
        ...more.ntlm,
      },
      { kind: 'header', prefix: PREFIX.header, name: 'X-Sense-User', ...more.header },
    ],
  });
}

type Proxy = Awaited<ReturnType<typeof allWaysIn>>;

/** How `sites` describes a site that is reached so, and the variables with the secrets in it. */
export function described(
  name: string,
  way: Way,
  { simulator, proxy }: { simulator: Simulator; proxy: Proxy },
  lines = '',
): { sites: string; env: Record<string, string> } {
  const upper = name.toUpperCase();
  const url = way === 'certificate' ? simulator.url : proxy.url(PREFIX[way]);
  const env = {
    [`${upper}_CERT`]: simulator.certificate,
    [`${upper}_KEY`]: simulator.key,
    [`${upper}_CA`]: simulator.ca,
    [`${upper}_JWT`]: token(),
    [`${upper}_PW`]: PASSWORD,
    [`${upper}_HDR`]: HEADER_VALUE,
  };
  const credentials = {
    certificate: `certificate: \${${upper}_CERT}\n  key: \${${upper}_KEY}`,
    jwt: `jwt: \${${upper}_JWT}`,
    ntlm: `ntlm: { user: COMPANY\\anna, password: \${${upper}_PW} }`,
    header: `header: { name: X-Sense-User, value: \${${upper}_HDR} }`,
  }[way];
  const ca = `ca: \${${upper}_CA}`;
  return { sites: `${name}:\n  url: ${url}\n  ${credentials}\n  ${ca}\n${lines}`, env };
}

/** A site as the product would be told to reach it, so. */
export function siteThrough(
  name: string,
  way: Way,
  place: { simulator: Simulator; proxy: Proxy },
  changed: Record<string, string> = {},
): Site {
  const { sites, env } = described(name, way, place);
  const given = { environment: { ...env, ...changed }, secret: () => {} };
  const [one] = readSites({ from: 'sites', text: sites }, given);
  if (!one) throw new Error('no site');
  return one;
}
