import { z } from 'zod';
import { InputError } from '../base/errors.ts';
import { closed, nearest, readYaml, type YamlText } from '../base/yaml.ts';
import { type Credentials, credentialProblems, readPem, readPfx } from './credentials.ts';

/** One Qlik Sense deployment, and how it is reached. */
export interface Site {
  name: string;
  /** Other names by which an app's property may call this site. */
  names: readonly string[];
  /** QRS's origin and, behind a virtual proxy, its prefix; no slash at the end. */
  url: string;
  credentials: Credentials;
  ca: string | undefined;
  /** In whose name calls are made: `DIRECTORY\id` where a certificate signs in, else words for a sentence. */
  user: string;
  /** The name expected in the server's certificate, when it is not the URL's host. */
  serverName: string | undefined;
  insecure: boolean;
  /** Apps on their way from, or to, this site at a time. */
  concurrency: number;
}

/** Told each credential's text as soon as it is known, before anything could print it. */
export type Secret = (value: string) => void;

const DEFAULT_USER = 'INTERNAL\\sa_api';
const SECRET_KEYS = ['key', 'passphrase', 'pfx', 'jwt'] as const;

const siteShape = closed({
  url: z.url({ protocol: /^https$/, error: 'must be a URL that begins with https://' }),
  certificate: z.string().optional(),
  key: z.string().optional(),
  ca: z.string().optional(),
  passphrase: z.string().optional(),
  pfx: z.string().optional(),
  jwt: z.string().optional(),
  user: z
    .string()
    .regex(/^[^\\]+\\[^\\]+$/, 'must be DIRECTORY\\user')
    .optional(),
  'server-name': z.string().min(1).optional(),
  names: z.array(z.string().min(1)).optional(),
  insecure: z.boolean().optional(),
  concurrency: z.number().int().min(1, 'must be at least 1').max(50, 'must be at most 50').optional(),
});
type SiteText = z.infer<typeof siteShape>;

/** The `sites` mapping, as text. */
export const sitesShape = z.record(z.string().min(1), siteShape, {
  error: 'must be a mapping of sites by name',
});

/**
 * Reads the `sites` mapping. `${NAME}` in any string is the environment variable NAME.
 * Throws InputError with every problem at once; credential values are never quoted.
 */
export function readSites(
  yaml: YamlText,
  { environment, secret }: { environment: Readonly<Record<string, string | undefined>>; secret: Secret },
): Site[] {
  const prepare = (value: unknown) =>
    fillIn(value, environment, yaml.from, filled => registerSecrets(filled, secret));
  const texts = readYaml(sitesShape, yaml, { showValues: false, prepare });
  return sitesFrom(texts, yaml.from, secret);
}

/**
 * Puts the values of environment variables in the place of `${NAME}`. What came of it is given to `secrets` before
 * anything could print it; throws InputError that names each variable that is not set.
 */
export function fillIn(
  value: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  from: string,
  secrets: (filled: unknown) => void,
): unknown {
  const unset = new Set<string>();
  const filled = fill(value, environment, unset);
  secrets(filled);
  if (unset.size === 0) return filled;
  throw new InputError(
    [...unset].map(
      name => `${from}: \${${name}} is used, but the environment variable is not set, or empty.`,
    ),
  );
}

/** Checks what a shape cannot say and reads the credentials, gathering every problem. */
function sitesFrom(texts: z.infer<typeof sitesShape>, from: string, secret: Secret): Site[] {
  if (Object.keys(texts).length === 0) throw new InputError(`${from}: no site is described.`);
  const { sites, faults } = checkSites(texts, secret);
  if (faults.length > 0) throw new InputError(faults.map(({ text }) => `${from}: ${text}`));
  return sites;
}

/** The sites whose credentials can be used, and what is wrong with the others, with where it stands below `sites`. */
export function checkSites(
  texts: z.infer<typeof sitesShape>,
  secret: Secret,
): { sites: Site[]; faults: { path: string[]; text: string }[] } {
  const faults: { path: string[]; text: string }[] = [];
  const sites: Site[] = [];
  for (const [name, text] of Object.entries(texts)) {
    try {
      sites.push(siteFrom(name, text, secret));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(...error.problems.map(problem => ({ path: [name], text: problem })));
    }
  }
  faults.push(...[...sharedNames(sites), ...sharedUrls(sites)].map(text => ({ path: [], text })));
  return { sites, faults };
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

function siteFrom(name: string, text: SiteText, secret: Secret): Site {
  const problems: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const credentials = attempt(() => credentialsFrom(name, text));
  const ca = text.ca === undefined ? undefined : attempt(() => readPem(text.ca ?? '', `site "${name}": ca`));
  if (credentials)
    problems.push(...credentialProblems(credentials, ca).map(problem => `site "${name}": ${problem}`));
  if (!credentials || problems.length > 0) throw new InputError(problems);
  registerCredentials(credentials, secret);
  return {
    name,
    names: text.names ?? [],
    url: baseUrl(text.url),
    credentials,
    ca,
    user: credentials.kind === 'jwt' ? 'the user of the token' : (text.user ?? DEFAULT_USER),
    serverName: text['server-name'],
    insecure: text.insecure ?? false,
    concurrency: text.concurrency ?? 2,
  };
}

function credentialsFrom(name: string, text: SiteText): Credentials {
  const given = [text.certificate ?? text.key, text.pfx, text.jwt].filter(value => value !== undefined);
  if (given.length !== 1) {
    throw new InputError(
      given.length === 0
        ? `site "${name}": no credentials. Give certificate and key, or pfx, or jwt.`
        : `site "${name}": several kinds of credentials. Give certificate and key, or pfx, or jwt.`,
    );
  }
  if (text.jwt !== undefined) {
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text.jwt.trim())) {
      throw new InputError(
        `site "${name}": jwt: the value is not a JSON Web Token (three parts joined by dots).`,
      );
    }
    return { kind: 'jwt', jwt: text.jwt.trim() };
  }
  if (text.pfx !== undefined) {
    return { kind: 'pfx', pfx: readPfx(text.pfx, `site "${name}": pfx`), passphrase: text.passphrase };
  }
  const missing = text.certificate === undefined ? 'certificate' : text.key === undefined ? 'key' : undefined;
  if (missing)
    throw new InputError(`site "${name}": ${missing} is missing; certificate and key go together.`);
  return {
    kind: 'certificate',
    certificate: readPem(text.certificate ?? '', `site "${name}": certificate`),
    key: readPem(text.key ?? '', `site "${name}": key`),
    passphrase: text.passphrase,
  };
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

function fill(
  value: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  unset: Set<string>,
): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
      const found = environment[name];
      if (found === undefined || found === '') unset.add(name);
      return found ?? '';
    });
  }
  if (Array.isArray(value)) return value.map(item => fill(item, environment, unset));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, fill(item, environment, unset)]),
    );
  }
  return value;
}

/** Gives each credential of a `sites` mapping that is not yet checked to `secret`. */
export function registerSecrets(sites: unknown, secret: Secret): void {
  if (sites === null || typeof sites !== 'object') return;
  for (const site of Object.values(sites)) {
    if (site === null || typeof site !== 'object') continue;
    const entries: [string, unknown][] = Object.entries(site);
    for (const [key, value] of entries) {
      // A short value is most likely a path; as a mask it would black out half the log.
      const isSecret = SECRET_KEYS.some(name => name === key);
      if (isSecret && typeof value === 'string' && !looksLikePath(key, value)) secret(value);
    }
  }
}

function looksLikePath(key: string, value: string): boolean {
  return (key === 'key' || key === 'pfx') && value.length < 200 && !value.includes('-----BEGIN');
}

function registerCredentials(credentials: Credentials, secret: Secret): void {
  if (credentials.kind === 'certificate') secret(credentials.key);
  if (credentials.kind === 'jwt') secret(credentials.jwt);
  if (credentials.kind !== 'jwt' && credentials.passphrase) secret(credentials.passphrase);
}
