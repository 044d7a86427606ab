import type { Environment } from '../base/environment.ts';
import { isMapping } from '../base/json.ts';
import type { Prepared } from '../base/yaml.ts';
import type { Found } from '../base/yaml-problems.ts';

/** The sites with their variables filled in, and what could not be. */
type Filled = Pick<Prepared, 'value' | 'problems'>;

/** The keys of a site whose values, at any depth, may name variables. */
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

/** The keys whose values are not secret, and the same for everybody. */
const PLAIN_KEYS = new Set(['names', 'insecure', 'concurrency']);

/**
 * Variables in which the runner passes its own tokens to steps: whoever may change the sites file could send them to
 * any host that the same file names.
 */
const REFUSED = /^(GITHUB_TOKEN|GH_TOKEN|ACTIONS_.*|INPUT_.*)$/i;

/**
 * Replaces each `${NAME}` in the credentials and addresses of sites by the environment variable NAME. Anywhere else in
 * a mapping of sites, and for variables of the runner, it is a problem. `above`: the keys that lead to the sites.
 */
export function fillSites(sites: unknown, environment: Environment, above: Path = []): Filled {
  if (!isMapping(sites)) return { value: sites, problems: [] };
  // Sites below a key are part of relay.yml.
  const where = above.length > 0 ? '' : 'under "env:" of the step, or on a terminal in --env-file';
  const problems = gatheredProblems(where);
  const fill = filler(environment, problems, { refused: REFUSED });
  const value = mapped(sites, above, (site, path) =>
    isMapping(site)
      ? mapped(site, path, (item, where) => {
          const key = String(where.at(-1));
          return FILLED_KEYS.has(key) ? fill(item, where) : kept(item, where, problems);
        })
      : site,
  );
  return { value, problems: problems.all() };
}

/** The same in any string, for the operator's own file. `write` encodes each value that is filled in. */
export function fillAll(value: unknown, environment: Environment, write?: (value: string) => string): Filled {
  const problems = gatheredProblems();
  return { value: filler(environment, problems, { write })(value, []), problems: problems.all() };
}

type Path = readonly PropertyKey[];

/** All missing variables are one problem, at the first place that names one. `where`: where to set them. */
function gatheredProblems(where = '') {
  const byText = new Map<string, Found>();
  const missing = new Set<string>();
  const places: Path[] = [];
  return {
    add: (path: Path, text: string) => {
      if (!byText.has(text)) byText.set(text, { path, text });
    },
    miss: (path: Path, name: string) => {
      missing.add(`\${${name}}`);
      places.push(path);
    },
    all: (): Found[] => {
      const [path, ...also] = places;
      if (path === undefined) return [...byText.values()];
      const [says, it] =
        missing.size > 1
          ? ['are used, but these environment variables are not set, or empty.', 'them']
          : ['is used, but the environment variable is not set, or empty.', 'it'];
      const text = `${[...missing].join(', ')} ${says}${where && ` Set ${it} ${where}.`}`;
      return [{ path, also, text }, ...byText.values()];
    },
  };
}

type Problems = ReturnType<typeof gatheredProblems>;

const NAMED = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

function filler(
  environment: Environment,
  problems: Problems,
  { refused, write = value => value }: { refused?: RegExp; write?: ((value: string) => string) | undefined },
) {
  const valueFor = (name: string, path: Path): string => {
    if (refused?.test(name)) {
      const text = `\${${name}} is the runner's own and not given to sites: use a secret of another name.`;
      problems.add(path, text);
      return '';
    }
    const found = trimmed(environment[name] ?? '');
    if (found === '') problems.miss(path, name);
    return write(found);
  };
  const fill = (item: unknown, path: Path): unknown => {
    if (typeof item === 'string') return item.replace(NAMED, (_, name: string) => valueFor(name, path));
    if (Array.isArray(item)) return item.map((one, index) => fill(one, [...path, index]));
    return isMapping(item) ? mapped(item, path, fill) : item;
  };
  return fill;
}

/** Removes the line break at the end of a secret that was piped from a file. Blanks may be part of a value. */
function trimmed(value: string): string {
  return value.replace(/^\s*[\r\n]+|[\r\n]+\s*$/g, '');
}

/** Reports variables in keys that do not take them. Leaves out unknown keys, which the schema reports. */
function kept(value: unknown, path: Path, problems: Problems): unknown {
  const key = String(path.at(-1));
  if (!PLAIN_KEYS.has(key)) return value;
  for (const [text] of JSON.stringify(value ?? null).matchAll(NAMED)) {
    const where = 'variables are filled in for credentials, url, user, server-name, proxy and hub alone';
    problems.add(path, `${text} is in "${key}": ${where}. Write the value there.`);
  }
  return value;
}

/** Keys are data: `__proto__` is a key like any other. */
function mapped(
  mapping: Readonly<Record<string, unknown>>,
  above: Path,
  work: (value: unknown, path: Path) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(mapping).map(([key, value]) => [key, work(value, [...above, key])]),
  );
}
