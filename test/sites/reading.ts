import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { createAuthority } from '../../simulator/wire/tls.ts';
import { InputError } from '../../src/base/errors.ts';
import type { Site } from '../../src/sites/site.ts';
import { readSites } from '../../src/sites/sites.ts';

export const DAY = 86_400_000;
export const NOW = Date.now();
export const days = (count: number) => new Date(NOW + count * DAY);
export const authority = await createAuthority('root');

export const client = (validity: { notBefore?: Date; notAfter?: Date } = {}) =>
  authority.issueClient({ name: 'QlikClient', notBefore: days(-100), ...validity });
export const good = await client();
export const soon = await client({ notAfter: days(9.5) });

export const encrypted = (passphrase: string) =>
  createPrivateKey(good.keyPem)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString();

export interface Read {
  sites: Site[];
  problems: readonly string[];
  warnings: string[];
  secrets: string[];
}

export function read(text: string, environment: Record<string, string> = {}): Read {
  const told: Read = { sites: [], problems: [], warnings: [], secrets: [] };
  try {
    told.sites = readSites(
      { from: 'sites', text },
      {
        environment,
        secret: value => told.secrets.push(value),
        warning: sentence => told.warnings.push(sentence),
        now: NOW,
      },
    );
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    told.problems = error.sentences;
  }
  return told;
}
export const PAIR = { CERT: good.certificatePem, KEY: good.keyPem };
export const AT = 'dev:\n  url: https://qlik:4242\n';
export const CERTIFICATE = `${AT}  certificate: \${CERT}\n  key: \${KEY}\n`;

export const NTLM = (user: string, password = 'secret-enough') =>
  `dev:\n  url: https://qlik/win\n  ntlm:\n    user: ${user}\n    password: ${password}\n`;

export const HEADER = (name: string, value: string) =>
  `dev:\n  url: https://qlik/hdr\n  header:\n    name: ${name}\n    value: ${value}\n`;
