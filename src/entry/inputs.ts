import type { Environment } from '../base/environment.ts';
import { InputError } from '../base/errors.ts';
import { gathering } from '../base/gather.ts';
import { quoted } from '../base/quoted.ts';
import type { YamlText } from '../base/yaml.ts';
import type { Around } from '../sites/check-sites.ts';
import type { Named } from '../sites/names.ts';
import type { Secret } from '../sites/secrets.ts';
import type { Site } from '../sites/site.ts';
import { readSites } from '../sites/sites.ts';
import { type Ask, type References, readAsk } from './ask.ts';
import { type Given, SINGLE_SITE } from './given.ts';
import { textOrFile } from './text-or-file.ts';

/** The checked inputs. */
export interface Inputs {
  ask: Ask;
  /** Where the spec or the request came from: the path of a file, or the name of an input. */
  from: string;
  sites: readonly Site[];
  dryRun: boolean;
}

/** What an entry knows besides its inputs. */
export interface InputSources extends Omit<References, 'sites'> {
  environment: Environment;
  secret: Secret;
  /** Called with warnings: what works, but should be different. Also called when there are errors. */
  warn?: (sentence: string) => void;
}

/**
 * Reads all inputs in one place, with the texts that they name and what these refer to. Throws InputError with every
 * problem. Every secret reaches `secret` before anything is parsed that could print it.
 */
export function readInputs(
  given: Given,
  { environment, secret, event, app, warn = () => {} }: InputSources,
): Inputs {
  for (const name of ['key', 'jwt'] as const) {
    if (given.value(name).length >= 200) secret(given.value(name));
  }
  const read: { names?: readonly Named[] } = {};
  const known = (names: readonly Named[]) => {
    read.names = names;
  };
  const gathered = gathering();
  const sites = gathered.try(() => readGivenSites(given, { environment, secret, warning: warn, known }));
  const { ask, texts } = readAsk(
    given,
    { sites: read.names?.length ? read.names : undefined, event, app },
    gathered,
  );
  const dryRun = gathered.try(() => readBoolean(given.called('dry-run'), given.value('dry-run')));
  for (const text of texts) warnOfSecrets(text, warn);
  const inputs = gathered.end(ask && sites && dryRun !== undefined ? { ask, sites, dryRun } : undefined);
  for (const { name, insecure } of inputs.sites) {
    if (insecure) warn(`Site "${name}": certificates are not checked (insecure: true).`);
  }
  return { ...inputs, from: texts[0]?.from ?? 'check' };
}

/** The sites of the input "sites", or the one of "url" and its related inputs. Throws InputError with every problem. */
function readGivenSites(given: Given, around: Around): Site[] {
  const single = SINGLE_SITE.filter(name => given.value(name) !== '');
  const beside = single.filter(name => name !== 'user');
  if (given.value('sites') !== '') {
    if (beside.length > 0) {
      throw new InputError(
        `Give either "sites" or, for one site, "url" and its kin; not both (${beside.join(', ')}).`,
      );
    }
    return readSites(textOrFile(given.called('sites'), given.value('sites')), around);
  }
  if (given.value('url') === '') {
    throw new InputError(
      'No site is given: fill in "sites" or, for one site, "url", "certificate", "key" and "ca".',
    );
  }
  const site = Object.fromEntries(single.map(name => [name, given.value(name)]));
  try {
    const text = JSON.stringify({ default: site });
    return readSites({ from: 'inputs', text }, { ...around, environment: {} });
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

/** People read, review and keep a spec; secrets belong in `sites`, as names of variables. */
function warnOfSecrets({ from, text }: YamlText, warn: (sentence: string) => void): void {
  const named = /^[\s{,-]*["']?(password|passphrase|secret|token|jwt|key)["']?\s*:\s*["']?(?!\$\{)[^\s"'#]/im;
  if (text.includes('-----BEGIN ') || named.test(text)) {
    warn(
      `${from} seems to hold a secret in clear. Give secrets in "sites", as \${NAME} of an environment variable.`,
    );
  }
}

function readBoolean(called: string, value: string): boolean {
  const word = value.toLowerCase();
  if (word === 'true') return true;
  if (word === 'false' || word === '') return false;
  throw new InputError(`${called} must be true or false; found ${quoted(value)}.`);
}
