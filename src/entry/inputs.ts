import type { Environment } from '../base/environment.ts';
import { InputError } from '../base/errors.ts';
import { gathering } from '../base/gather.ts';
import { quoted } from '../base/quoted.ts';
import type { YamlText } from '../base/yaml.ts';
import type { Named } from '../sites/names.ts';
import type { Secret } from '../sites/secrets.ts';
import type { Site } from '../sites/site.ts';
import { type Ask, type References, readAsk } from './ask.ts';
import type { Given } from './given.ts';
import { readGivenSites } from './given-sites.ts';

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
