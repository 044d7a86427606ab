import * as z from 'zod';
import { InputError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { readYaml, type YamlText } from '../base/yaml.ts';
import { type Credentials, credentialFaults, type Fault, readPem, usesSession } from './credentials.ts';
import { checkDates } from './expiry.ts';
import { forwardProxy } from './forward-proxy.ts';
import { registerCredentials, registerPassword, registerSecrets, type Secret } from './secrets.ts';
import { type SiteText, siteShape } from './shape.ts';
import { type Environment, type Filled, fillSites } from './variables.ts';
import { reading, wayIn } from './way-in.ts';

export { registerSecrets, type Secret } from './secrets.ts';

/** One Qlik Sense deployment, and how it is reached. */
export interface Site {
  name: string;
  /** Other names by which an app's property may call this site. */
  names: readonly string[];
  /** QRS's origin and, behind a virtual proxy, its prefix; no slash at the end. */
  url: string;
  credentials: Credentials;
  ca: string | undefined;
  /** In whose name calls are made: `DIRECTORY\id` where that is known, else words for a sentence. */
  user: string;
  /** The name expected in the server's certificate, when it is not the URL's host. */
  serverName: string | undefined;
  /** URL of the forward proxy on the way, with its credentials. */
  proxy?: string | undefined;
  /** Where people open apps, without a slash at the end; undefined where that is not known. */
  hub?: string | undefined;
  insecure: boolean;
  /** Apps on their way from, or to, this site at a time. */
  concurrency: number;
}

export interface Given {
  environment: Environment;
  secret: Secret;
  /** Told what still works but soon will not. */
  warning?: (sentence: string) => void;
  /** Ms since the epoch; by default the present. */
  now?: number;
}

const DEFAULT_USER = 'INTERNAL\\sa_api';

/** The `sites` mapping, as text. */
export const sitesShape = z.record(z.string().min(1), siteShape, {
  error: 'must be a mapping of sites by name',
});

/** What is wrong, and where it stands below `sites`. */
export interface SiteFault {
  path: string[];
  text: string;
}

/**
 * Reads the `sites` mapping. `${NAME}` in credentials and addresses is the environment variable NAME (variables.ts).
 * Throws InputError with every problem at once; credential values are never quoted.
 */
export function readSites(yaml: YamlText, given: Given): Site[] {
  let sites: readonly Site[] = [];
  const prepare = (value: unknown) =>
    filledIn(fillSites(value, given.environment), yaml.from, filled => registerSecrets(filled, given.secret));
  const check = (texts: z.infer<typeof sitesShape>) => {
    const checked = checkSites(texts, given);
    sites = checked.sites;
    return checked.faults;
  };
  readYaml(sitesShape, yaml, { showValues: false, prepare, check });
  return [...sites];
}

/**
 * What came of filling in variables. It is given to `secrets` before anything could print it; throws InputError about
 * each variable that could not be filled in.
 */
export function filledIn(
  { value, problems }: Filled,
  from: string,
  secrets: (filled: unknown) => void,
): unknown {
  secrets(value);
  if (problems.length > 0) throw new InputError(problems.map(problem => `${from}: ${problem}`));
  return value;
}

/** The sites whose credentials can be used, and what is wrong with the others. */
export function checkSites(
  texts: z.infer<typeof sitesShape>,
  given: Given,
): { sites: Site[]; faults: SiteFault[] } {
  const sites: Site[] = [];
  const faults: SiteFault[] = [];
  for (const [name, text] of Object.entries(texts)) {
    const read = siteFrom(name, text, given);
    if ('faults' in read) {
      faults.push(
        ...read.faults.map(one => ({ path: [name, one.key], text: `site "${name}": ${one.text}` })),
      );
    } else sites.push(read);
  }
  if (Object.keys(texts).length === 0) faults.push({ path: [], text: 'no site is described.' });
  faults.push(...[...sharedNames(sites), ...sharedUrls(sites)].map(text => ({ path: [], text })));
  return { sites, faults };
}

/** Checks what a shape cannot say and reads the credentials. */
function siteFrom(
  name: string,
  text: SiteText,
  { environment, secret, warning, now = Date.now() }: Given,
): Site | { faults: Fault[] } {
  const { ca: authority } = text;
  const notice = (sentence: string) => warning?.(`Site "${name}": ${sentence}`);
  const credentials = wayIn(text, notice);
  const ca =
    authority === undefined
      ? { value: undefined }
      : reading('ca', () => readPem(authority, 'ca', 'certificate', notice));
  const proxy = reading('proxy', () => forwardProxy(text.proxy, text.url, environment));
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

/** Behind a virtual proxy the hub is where QRS is; a repository service's port has none. */
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

/** The site that is called so, by its name or one of its other names, in any case. */
export function findSite<T extends Named>(sites: readonly T[], called: string): T | undefined {
  const wanted = called.trim().toLowerCase();
  return sites.find(site => namesOf(site).some(name => name.toLowerCase() === wanted));
}

/** Names the sites for a sentence, and the nearest one to a word that was meant to be one. */
export function knownSites(sites: readonly Named[], called: string): string {
  const names = sites.flatMap(namesOf);
  const near = nearest(called, names);
  return `${near ? `Did you mean "${near}"? ` : ''}Known sites: ${names.join(', ')}.`;
}

type Named = Pick<Site, 'name' | 'names'>;

function namesOf(site: Named): string[] {
  return [site.name, ...site.names];
}

function sharedNames(sites: readonly Site[]): string[] {
  const seen = new Map<string, string>();
  const problems: string[] = [];
  for (const site of sites) {
    for (const name of new Set(namesOf(site).map(text => text.toLowerCase()))) {
      const other = seen.get(name);
      if (other) problems.push(`sites "${other}" and "${site.name}" share the name "${name}".`);
      seen.set(name, site.name);
    }
  }
  return problems;
}

/** Two names for one site would make two working copies of one name there, and two apps where one is wanted. */
function sharedUrls(sites: readonly Site[]): string[] {
  return sites.flatMap((site, index) => {
    const first = sites.slice(0, index).find(other => other.url === site.url);
    const names = `${first?.name}" and "${site.name}`;
    return first
      ? [`sites "${names}" have the same url; describe it once, with "names" for its other names.`]
      : [];
  });
}

/** Origin and prefix, without what callers add: case and default port are told alike, "/qrs" is ours to say. */
function baseUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '').replace(/\/qrs$/i, '');
}
