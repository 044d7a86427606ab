import { createAuthority } from '../../simulator/wire/tls.ts';
import { readConfig } from '../../src/relay/config/read.ts';
import type { RelayConfig } from '../../src/relay/config/settings.ts';

const authority = await createAuthority('dev root');
export const client = await authority.issueClient({ name: 'QlikClient' });
export const server = await authority.issueServer({ hostNames: ['relay-host'] });
export const TOKEN = 'github_pat_marked0123456789';

export const ENVIRONMENT = {
  CLIENT: client.certificatePem,
  KEY: client.keyPem,
  ROOT: authority.certificatePem,
  SERVER: server.certificatePem,
  SERVER_KEY: server.keyPem,
  TOKEN,
  EMPTY: '',
};

export const SITES = `sites:
  dev: { url: "https://qlik-dev:4242", certificate: "\${CLIENT}", key: "\${KEY}", ca: "\${ROOT}", names: [Development] }
`;
const LISTEN = 'listen: { url: "http://relay-host:8080" }\n';
const GITHUB = 'github: { token: "${TOKEN}" }\n';
const STORE = 'store: ./relay.db\n';

export const ONE = `  - name: app-updated
    site: dev
    entity: App
    send: { repository: acme/events, event: qlik-app-updated }
`;
export const SUBSCRIPTIONS = `subscriptions:\n${ONE}`;

export interface Parts {
  sites?: string;
  listen?: string;
  github?: string;
  store?: string;
  subscriptions?: string;
  more?: string;
}

export function textOf(parts: Parts): string {
  const { sites = SITES, listen = LISTEN, github = GITHUB, store = STORE } = parts;
  return [sites, listen, github, store, parts.subscriptions ?? SUBSCRIPTIONS, parts.more].join('');
}

export function read(text: string, secrets: string[] = []): RelayConfig {
  return readConfig(
    { from: 'relay.yml', text },
    { environment: ENVIRONMENT, secret: value => secrets.push(value) },
  );
}
export const subscribed = (lines: string) => `${SUBSCRIPTIONS}${lines}`;
