import type { Environment } from '../base/environment.ts';
import type { Found } from '../base/yaml-problems.ts';
import { type Credentials, credentialFaults, type Fault, readPem, usesSession } from './credentials.ts';
import { checkDates } from './expiry.ts';
import { forwardProxy } from './forward-proxy.ts';
import { type Named, namesIn, sharedNames } from './names.ts';
import { registerCredentials, registerPassword, type Secret } from './secrets.ts';
import { type SiteText, siteShape } from './shape.ts';
import type { Site } from './site.ts';
import { readOrFaults, wayIn } from './way-in.ts';

/** How to read the sites of a text. */
export interface Around {
  environment: Environment;
  secret: Secret;
  /** Called with a warning about what still works but soon will not. */
  warning?: (sentence: string) => void;
  /** Called with the names of all sites, also of those with mistakes. */
  known?: (sites: readonly Named[]) => void;
  /** Ms since the epoch; now by default. */
  now?: number;
}

const DEFAULT_USER = 'INTERNAL\\sa_api';

/**
 * The sites whose credentials can be used, and the problems with those of the others. The reader of the text reports
 * what breaks the shape of a site. Paths begin below the sites.
 */
export function checkSites(texts: unknown, around: Around): { sites: Site[]; faults: Found[] } {
  const sites: Site[] = [];
  const faults: Found[] = [];
  const named = namesIn(texts);
  if (typeof texts !== 'object' || texts === null || Array.isArray(texts)) return { sites, faults };
  for (const [name, text] of Object.entries(texts)) {
    const read = siteIn(name, text, around);
    if ('faults' in read) {
      faults.push(
        ...read.faults.map(one => ({ path: [name, one.key], text: `site "${name}": ${one.text}` })),
      );
    } else sites.push(read);
  }
  faults.push(...[...sharedNames(named), ...sharedUrls(sites)].map(text => ({ path: [], text })));
  return { sites, faults };
}

/** A site, or the problems with those of its credentials that have the right form. */
function siteIn(name: string, text: unknown, around: Around): Site | { faults: Fault[] } {
  const { data, error } = siteShape.safeParse(text);
  if (data) return siteFrom(name, data, around);
  const wrong = new Set(error.issues.flatMap(({ path, ...issue }) => ('keys' in issue ? issue.keys : path)));
  const usable = Object.entries(Object(text)).filter(([key]) => !wrong.has(key));
  const rest = siteShape.safeParse({ url: SOMEWHERE, ...Object.fromEntries(usable) });
  const read = rest.data ? siteFrom(name, rest.data, { ...around, warning: () => {} }) : { faults: [] };
  // A credential that seems to be missing may be the one with the wrong form.
  return { faults: 'faults' in read ? read.faults.filter(({ key }) => key !== '') : [] };
}

/** Stands in for an invalid address, so that the other checks can go on. */
const SOMEWHERE = 'https://somewhere.invalid';

/** Checks what a schema cannot express, and reads the credentials. */
function siteFrom(
  name: string,
  text: SiteText,
  { environment, secret, warning, now = Date.now() }: Around,
): Site | { faults: Fault[] } {
  const { ca: authority } = text;
  const notice = (sentence: string) => warning?.(`Site "${name}": ${sentence}`);
  const credentials = wayIn(text, notice);
  const ca =
    authority === undefined
      ? { value: undefined }
      : readOrFaults('ca', () => readPem(authority, 'ca', 'certificate', notice));
  const proxy = readOrFaults('proxy', () => forwardProxy(text.proxy, text.url, environment));
  const faults = [credentials, ca, proxy].flatMap(read => ('faults' in read ? read.faults : []));
  if ('faults' in credentials || 'faults' in ca || 'faults' in proxy) return { faults };
  const unusable = credentialFaults(credentials, ca.value);
  if (unusable.length > 0) return { faults: unusable };
  const dated = checkDates(credentials, ca.value, now);
  if (dated.faults.length > 0) return { faults: dated.faults };
  for (const ending of dated.warnings) warning?.(`Site "${name}": ${ending}`);
  registerCredentials(credentials, secret);
  if (proxy.value !== undefined) registerPassword(proxy.value, secret);
  return {
    name,
    names: text.names ?? [],
    url: baseUrl(text.url),
    credentials,
    ca: ca.value,
    user: userOf(credentials, text.user),
    serverName: text['server-name'],
    proxy: proxy.value,
    hub: hubOf(text, credentials),
    insecure: text.insecure ?? false,
    concurrency: text.concurrency ?? 2,
  };
}

/** Behind a virtual proxy the hub has the same address as QRS; the repository service's own port has no hub. */
function hubOf({ hub, url }: SiteText, credentials: Credentials): string | undefined {
  const address = hub ?? (usesSession(credentials) ? url : undefined);
  return address === undefined ? undefined : baseUrl(address).replace(/\/hub$/i, '');
}

function userOf(credentials: Credentials, user: string | undefined): string {
  if (credentials.kind === 'jwt') return 'the user of the token';
  if (credentials.kind === 'header') return 'the user of the header';
  if (credentials.kind !== 'ntlm') return user ?? DEFAULT_USER;
  return [credentials.domain, credentials.user].filter(Boolean).join('\\');
}

/** Two names for one site would make two working copies there, and two apps where one is wanted. */
function sharedUrls(sites: readonly Site[]): string[] {
  return sites.flatMap((site, index) => {
    const first = sites.slice(0, index).find(other => other.url === site.url);
    const names = `${first?.name}" and "${site.name}`;
    return first
      ? [`sites "${names}" have the same url; describe it once, with "names" for its other names.`]
      : [];
  });
}

/** Origin and prefix in one form: lower case, without the default port, and without "/qrs", which callers add. */
function baseUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '').replace(/\/qrs$/i, '');
}
