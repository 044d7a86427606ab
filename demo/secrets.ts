import { readFileSync } from 'node:fs';
import type { DemoSite } from './site.ts';

/** The sites, as the action and the relay read them; the secrets are in the environment. */
export const SITES = `dev:
  url: \${DEV_URL}
  certificate: \${DEV_CERTIFICATE}
  key: \${DEV_KEY}
  ca: \${DEV_CA}
test:
  url: \${TEST_URL}
  certificate: \${TEST_CERTIFICATE}
  key: \${TEST_KEY}
  ca: \${TEST_CA}
`;

export function secretsOf(sites: readonly DemoSite[]): Record<string, string> {
  const entries = sites.flatMap(({ name, url, certificate, key, ca }) => {
    const upper = name.toUpperCase();
    return [
      [`${upper}_URL`, url],
      [`${upper}_CERTIFICATE`, readFileSync(certificate, 'utf8')],
      [`${upper}_KEY`, readFileSync(key, 'utf8')],
      [`${upper}_CA`, readFileSync(ca, 'utf8')],
    ];
  });
  return Object.fromEntries(entries);
}
