import { readFileSync } from 'node:fs';
import { InputError } from '../base/errors.ts';
import type { YamlText } from '../base/yaml.ts';
import { readSites, type Secret, type Site } from '../sites/sites.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the workflow gave, checked. */
export interface Inputs {
  /** What is asked: exactly one of a promotion spec and a reload request. */
  ask: { promote: YamlText } | { reload: YamlText };
  sites: readonly Site[];
  dryRun: boolean;
  /** What is not wrong, but not as it should be. */
  warnings: readonly string[];
}

/**
 * Reads all inputs in one place. Throws InputError with every problem at once. Every secret is given to
 * `secret` before anything is parsed that could print it.
 */
export function readInputs(environment: Environment, secret: Secret): Inputs {
  const input = (name: string) => {
    const value = environment[`INPUT_${name.toUpperCase()}`] ?? '';
    // Lines of YAML keep their indentation.
    return value.includes('\n') && value.trim() !== '' ? value : value.trim();
  };
  for (const name of ['key', 'jwt']) if (input(name).length >= 200) secret(input(name));
  const problems: string[] = [];
  const warnings: string[] = [];
  const gather = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const ask = gather(() => readAsk(input('promote'), input('reload')));
  const sites = gather(() =>
    readAllSites(input, environment, { secret, warning: text => warnings.push(text) }),
  );
  const dryRun = gather(() => readBoolean('dry-run', input('dry-run')));
  if (!ask || !sites || dryRun === undefined || problems.length > 0) throw new InputError(problems);
  const asked = 'promote' in ask ? ask.promote : ask.reload;
  return { ask, sites, dryRun, warnings: [...warnings, ...secretsInClear(asked)] };
}

function readAsk(promote: string, reload: string): Inputs['ask'] {
  if ((promote === '') === (reload === '')) {
    throw new InputError(
      `${promote === '' ? 'Neither' : 'Both'} of the inputs "promote" and "reload" ${promote === '' ? 'is' : 'are'} ` +
        'given: give a promotion spec or a reload request, as YAML or as the path of a file.',
    );
  }
  return promote === ''
    ? { reload: textOrFile('reload', reload) }
    : { promote: textOrFile('promote', promote) };
}

function readAllSites(
  input: (name: string) => string,
  environment: Environment,
  told: { secret: Secret; warning: (sentence: string) => void },
): Site[] {
  const single = ['url', 'certificate', 'key', 'ca', 'jwt'].filter(name => input(name) !== '');
  if (input('sites') !== '') {
    if (single.length > 0) {
      throw new InputError(
        `Give either "sites" or, for one site, "url" and its kin; not both (${single.join(', ')}).`,
      );
    }
    return readSites(textOrFile('sites', input('sites')), { environment, ...told });
  }
  if (input('url') === '') {
    throw new InputError(
      'No site is given: fill in "sites" or, for one site, "url", "certificate", "key" and "ca".',
    );
  }
  const names = ['url', 'certificate', 'key', 'ca', 'user', 'jwt'].filter(name => input(name) !== '');
  const site = Object.fromEntries(names.map(name => [name, input(name)]));
  try {
    return readSites(
      { from: 'inputs', text: JSON.stringify({ default: site }) },
      { environment: {}, ...told },
    );
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const place = /^inputs(:\d+:\d+)?: ("default\.(?<key>[\w-]+)"|site "default":)/;
    throw new InputError(
      error.problems.map(problem =>
        problem.replace(place, (...match) => {
          const { key } = match.at(-1);
          return key ? `Input "${key}"` : 'Inputs:';
        }),
      ),
    );
  }
}

/** A spec is made to be read, reviewed and kept; secrets belong into `sites`, by the name of a variable. */
function secretsInClear({ from, text }: YamlText): string[] {
  const named = /^[\s{,-]*["']?(password|passphrase|secret|token|jwt|key)["']?\s*:\s*["']?(?!\$\{)[^\s"'#]/im;
  if (!text.includes('-----BEGIN ') && !named.test(text)) return [];
  return [
    `${from} seems to hold a secret in clear. Give secrets in "sites", as \${NAME} of an environment variable.`,
  ];
}

/** A single line that is no mapping is a path. */
function textOrFile(name: string, value: string): YamlText {
  if (/[\n{]|:(\s|$)/.test(value)) return { from: name, text: value };
  try {
    return { from: value, text: readFileSync(value, 'utf8') };
  } catch (error) {
    // The value may be a broken secret, so it is not quoted.
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new InputError(
      `Input "${name}" is neither YAML nor the path of a file that can be read${code}. ` +
        'Was the repository checked out before this step?',
    );
  }
}

function readBoolean(name: string, value: string): boolean {
  const word = value.toLowerCase();
  if (word === 'true') return true;
  if (word === 'false' || word === '') return false;
  throw new InputError(`Input "${name}" must be true or false; found "${value}".`);
}
