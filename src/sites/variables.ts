import type { Environment } from '../net/proxy.ts';

export type { Environment } from '../net/proxy.ts';

/** What filling in variables came to. */
export interface Filled {
  value: unknown;
  /** One sentence for each variable that could not be filled in. */
  problems: readonly string[];
}

/** The keys of a site whose values may name variables, with all that stands below them. */
const FILLED_KEYS = new Set([
  'certificate',
  'key',
  'ca',
  'passphrase',
  'pfx',
  'jwt',
  'ntlm',
  'header',
  'url',
  'user',
  'server-name',
  'proxy',
  'hub',
]);

/** The keys whose values are no secrets and the same for everybody. */
const PLAIN_KEYS = new Set(['names', 'insecure', 'concurrency']);

/**
 * What the runner gives to its own steps: whoever may change the sites file could have it sent to any host that the
 * same file names.
 */
const REFUSED = /^(GITHUB_TOKEN|GH_TOKEN|ACTIONS_.*|INPUT_.*)$/i;

/**
 * Puts the environment variable NAME in the place of each `${NAME}` in the credentials and addresses of sites.
 * Elsewhere in a mapping of sites it is a problem, as it is for a name of the runner's own.
 */
export function fillSites(sites: unknown, environment: Environment): Filled {
  if (!isMapping(sites)) return { value: sites, problems: [] };
  const problems = new Set<string>();
  const fill = filler(environment, problems, { refused: REFUSED });
  const value = mapped(sites, site =>
    isMapping(site)
      ? mapped(site, (item, key) => (FILLED_KEYS.has(key) ? fill(item) : kept(item, key, problems)))
      : site,
  );
  return { value, problems: [...problems] };
}

/** The same in any string, for a file of the operator's own. */
export function fillAll(value: unknown, environment: Environment): Filled {
  const problems = new Set<string>();
  return { value: filler(environment, problems, {})(value), problems: [...problems] };
}

const NAMED = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

function filler(environment: Environment, problems: Set<string>, { refused }: { refused?: RegExp }) {
  const valueFor = (name: string): string => {
    if (refused?.test(name)) {
      problems.add(`\${${name}} is the runner's own and not given to sites: use a secret of another name.`);
      return '';
    }
    const found = trimmed(environment[name] ?? '');
    if (found === '') problems.add(`\${${name}} is used, but the environment variable is not set, or empty.`);
    return found;
  };
  const fill = (item: unknown): unknown => {
    if (typeof item === 'string') return item.replace(NAMED, (_, name: string) => valueFor(name));
    if (Array.isArray(item)) return item.map(fill);
    return isMapping(item) ? mapped(item, fill) : item;
  };
  return fill;
}

/** A secret that was piped from a file ends with a line break, which belongs to no value. Blanks may belong to one. */
function trimmed(value: string): string {
  return value.replace(/^\s*[\r\n]+|[\r\n]+\s*$/g, '');
}

/** A key that nobody knows is a problem of its own. */
function kept(value: unknown, key: string, problems: Set<string>): unknown {
  if (!PLAIN_KEYS.has(key)) return value;
  for (const [text] of JSON.stringify(value ?? null).matchAll(NAMED)) {
    problems.add(
      `${text} stands in "${key}": variables are filled in for credentials, url, user, server-name, proxy and hub alone.`,
    );
  }
  return value;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Keys are data: one that is called `__proto__` is one like any other. */
function mapped(
  mapping: Readonly<Record<string, unknown>>,
  work: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(mapping).map(([key, value]) => [key, work(value, key)]));
}
