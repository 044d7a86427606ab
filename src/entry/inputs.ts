import { InputError, messageOf, type Problem } from '../base/errors.ts';
import { quoted, shownValue } from '../base/quoted.ts';
import { readText } from '../base/read-text.ts';
import type { YamlText } from '../base/yaml.ts';
import { readSites, type Secret, type Site } from '../sites/sites.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What may be given, whichever entry it comes in by. */
export type InputName =
  | 'promote'
  | 'reload'
  | 'check'
  | 'check-write'
  | 'sites'
  | 'dry-run'
  | (typeof SINGLE_SITE)[number];

/** One site without YAML. */
const SINGLE_SITE = ['url', 'certificate', 'key', 'ca', 'user', 'jwt'] as const;

/** An entry's own way to give inputs. */
export interface Given {
  /** The text of an input; empty where it is not given. */
  value(name: InputName): string;
  /** What the entry calls it at the beginning of a sentence: `Input "sites"`, or `--sites`. */
  called(name: InputName): string;
}

/** What is asked. Beside a check, a spec or a request is checked and not run. */
type Ask =
  | { do: 'promote'; promote: YamlText }
  | { do: 'reload'; reload: YamlText }
  | {
      do: 'check';
      /** As they are called; all of them where none is named. */
      sites: readonly string[];
      promote: YamlText | undefined;
      reload: YamlText | undefined;
      /** The stream in which changes may be tried. */
      write: string | undefined;
    };

/** What was given, checked. */
export interface Inputs {
  ask: Ask;
  sites: readonly Site[];
  dryRun: boolean;
  /** What is not wrong, but not as it should be. */
  warnings: readonly string[];
}

/**
 * Reads all inputs in one place. Throws InputError with every problem at once. Every secret is given to
 * `secret` before anything is parsed that could print it.
 */
export function readInputs(given: Given, environment: Environment, secret: Secret): Inputs {
  for (const name of ['key', 'jwt'] as const) {
    if (given.value(name).length >= 200) secret(given.value(name));
  }
  const problems: Problem[] = [];
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
  const ask = gather(() => readAsk(given));
  const sites = gather(() =>
    readAllSites(given, environment, { secret, warning: text => warnings.push(text) }),
  );
  const dryRun = gather(() => readBoolean(given.called('dry-run'), given.value('dry-run')));
  if (!ask || !sites || dryRun === undefined || problems.length > 0) throw new InputError(problems);
  for (const { name, insecure } of sites) {
    if (insecure) warnings.push(`Site "${name}": certificates are not checked (insecure: true).`);
  }
  for (const text of textsOf(ask)) warnings.push(...secretsInClear(text));
  return { ask, sites, dryRun, warnings };
}

function textsOf(ask: Ask): YamlText[] {
  const texts = [
    ask.do === 'reload' ? undefined : ask.promote,
    ask.do === 'promote' ? undefined : ask.reload,
  ];
  return texts.filter(text => text !== undefined);
}

function readAsk(given: Given): Ask {
  const [promote, reload] = (['promote', 'reload'] as const).map(name =>
    given.value(name) === '' ? undefined : textOrFile(given.called(name), given.value(name)),
  );
  const check = given.value('check');
  const write = given.value('check-write') || undefined;
  if (check !== '') return { do: 'check', sites: namesIn(check), promote, reload, write };
  if (write !== undefined)
    throw new InputError(`${given.called('check-write')} is of use with a check alone.`);
  if (promote && !reload) return { do: 'promote', promote };
  if (reload && !promote) return { do: 'reload', reload };
  throw new InputError(
    `${promote ? 'Both of the inputs "promote" and "reload" are' : 'None of the inputs "promote", "reload" and "check" is'} ` +
      'given: give a promotion spec or a reload request, as YAML or as the path of a file, or check: all.',
  );
}

/** Names of sites, of which each may have blanks; none means all. */
function namesIn(check: string): string[] {
  const names = check
    .split(/[,\n]/)
    .map(name => name.trim())
    .filter(name => name !== '');
  return names.length === 1 && names[0]?.toLowerCase() === 'all' ? [] : names;
}

function readAllSites(
  given: Given,
  environment: Environment,
  told: { secret: Secret; warning: (sentence: string) => void },
): Site[] {
  const single = SINGLE_SITE.filter(name => given.value(name) !== '');
  const beside = single.filter(name => name !== 'user');
  if (given.value('sites') !== '') {
    if (beside.length > 0) {
      throw new InputError(
        `Give either "sites" or, for one site, "url" and its kin; not both (${beside.join(', ')}).`,
      );
    }
    return readSites(textOrFile(given.called('sites'), given.value('sites')), { environment, ...told });
  }
  if (given.value('url') === '') {
    throw new InputError(
      'No site is given: fill in "sites" or, for one site, "url", "certificate", "key" and "ca".',
    );
  }
  const site = Object.fromEntries(single.map(name => [name, given.value(name)]));
  try {
    const text = JSON.stringify({ default: site });
    return readSites({ from: 'inputs', text }, { environment: {}, ...told });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const place = /^inputs(:\d+:\d+)?: ("default\.(?<key>[\w-]+)"|site "default":)/;
    throw new InputError(
      error.sentences.map(problem =>
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

/** A single line that is no mapping is a path. A path may have a drive (`C:\…`) and braces, but does not begin with one. */
function textOrFile(called: string, value: string): YamlText {
  const from = called.replace(/^Input "(.*)"$/, '$1');
  if (/\n|^\s*\{|:(\s|$)/.test(value)) return { from, text: value };
  try {
    return { from: value, text: readText(value), isFile: true };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why = code === 'ENOENT' ? '' : ` that can be read (${code ?? messageOf(error)})`;
    throw new InputError(
      `${called} is neither YAML nor the path of a file${why}${lookedFor(value)}. ` +
        'Was the repository checked out before this step?',
    );
  }
}

/** The value may be a broken secret: it is shown only when it looks like a path. */
function lookedFor(value: string): string {
  const plain = value.split(/[/\\]/).every(part => shownValue(part) === part);
  return plain && /[./\\]/.test(value) ? `: ${value} was looked for in ${process.cwd()}` : '';
}

function readBoolean(called: string, value: string): boolean {
  const word = value.toLowerCase();
  if (word === 'true') return true;
  if (word === 'false' || word === '') return false;
  throw new InputError(`${called} must be true or false; found ${quoted(value)}.`);
}
