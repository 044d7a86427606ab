import type { Dispatcher } from 'undici';
import { connectionsTo } from '../net/connections.ts';
import type { Credentials } from '../sites/credentials.ts';
import type { Site } from '../sites/site.ts';

/** Connections to a site's host, or another port of it, through the site's forward proxy if it has one. */
export function openConnections(
  site: Site,
  origin: string,
  connections: number,
  seen?: (until: number) => void,
): Dispatcher {
  const { ca, serverName, proxy } = site;
  const tls = {
    ...clientCertificate(site.credentials),
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    rejectUnauthorized: !site.insecure,
  };
  return connectionsTo({ origin, proxy, tls, connections, ...(seen ? { seen } : {}) });
}

/** Our side of TLS to a site. */
export function clientCertificate(credentials: Credentials) {
  if (credentials.kind !== 'certificate' && credentials.kind !== 'pfx') return {};
  const passphrase = credentials.passphrase === undefined ? {} : { passphrase: credentials.passphrase };
  return credentials.kind === 'pfx'
    ? { pfx: credentials.pfx, ...passphrase }
    : { cert: credentials.certificate, key: credentials.key, ...passphrase };
}
