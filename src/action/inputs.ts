import { existsSync, readFileSync } from 'node:fs';
import { InputError, messageOf } from '../base/errors.ts';
import type { YamlText } from '../base/yaml.ts';
import { readSites, type Secret, type Site } from '../sites/sites.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the workflow gave, checked. */
export interface Inputs {
  /** The promotion spec's text. */
  promote: YamlText;
  sites: readonly Site[];
  dryRun: boolean;
}

/**
 * Reads all inputs in one place. Throws InputError with every problem at once. Every secret is given to
 * `secret` before anything is parsed that could print it.
 */
export function readInputs(environment: Environment, secret: Secret): Inputs {
  const input = (name: string) => (environment[`INPUT_${name.toUpperCase()}`] ?? '').trim();
  for (const name of ['key', 'jwt']) if (input(name).length >= 200) secret(input(name));
  const problems: string[] = [];
  const gather = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const promote = gather(() => readPromote(input('promote')));
  const sites = gather(() => readAllSites(input, environment, secret));
  const dryRun = gather(() => readBoolean('dry-run', input('dry-run')));
  if (!promote || !sites || dryRun === undefined || problems.length > 0) throw new InputError(problems);
  return { promote, sites, dryRun };
}

function readPromote(value: string): YamlText {
  if (value === '') {
    throw new InputError(
      'Input "promote" is missing: give a promotion spec, as YAML or as the path of a file.',
    );
  }
  return textOrFile('promote', value);
}

function readAllSites(input: (name: string) => string, environment: Environment, secret: Secret): Site[] {
  const single = ['url', 'certificate', 'key', 'ca', 'jwt'].filter(name => input(name) !== '');
  if (input('sites') !== '') {
    if (single.length > 0) {
      throw new InputError(
        `Give either "sites" or, for one site, "url" and its kin; not both (${single.join(', ')}).`,
      );
    }
    return readSites(textOrFile('sites', input('sites')), { environment, secret });
  }
  if (input('url') === '') {
    throw new InputError(
      'No site is given: fill in "sites" or, for one site, "url", "certificate", "key" and "ca".',
    );
  }
  const names = ['url', 'certificate', 'key', 'ca', 'user', 'jwt'].filter(name => input(name) !== '');
  const site = Object.fromEntries(names.map(name => [name, input(name)]));
  return readSites({ from: 'inputs', text: JSON.stringify({ default: site }) }, { environment: {}, secret });
}

/** A single line that is no mapping is a path. */
function textOrFile(name: string, value: string): YamlText {
  const inline = value.includes('\n') || /^[\w"' -]+:(\s|$)/.test(value) || value.startsWith('{');
  if (inline && !existsSync(value)) return { from: name, text: value };
  try {
    return { from: value, text: readFileSync(value, 'utf8') };
  } catch (error) {
    throw new InputError(
      `Input "${name}" is neither YAML nor a file that can be read: ${value} (${messageOf(error)}). ` +
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
