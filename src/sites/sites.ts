import * as z from 'zod';
import { type Prepared, readYaml, type YamlText } from '../base/yaml.ts';
import type { Found } from '../base/yaml-problems.ts';
import { type Around, checkSites } from './check-sites.ts';
import { namesIn } from './names.ts';
import { registerSecrets } from './secrets.ts';
import { siteShape } from './shape.ts';
import type { Site } from './site.ts';
import { fillSites } from './variables.ts';

/** The `sites` mapping, as text. */
export const sitesShape = z.record(z.string().min(1), siteShape, {
  error: 'must be a mapping of sites by name',
});

/**
 * Reads the `sites` mapping, also from below a key `sites`. `${NAME}` in credentials and addresses is the
 * environment variable NAME (variables.ts). Throws InputError with every problem at once; credential values are never
 * quoted.
 */
export function readSites(yaml: YamlText, around: Around): Site[] {
  let sites: readonly Site[] = [];
  const prepare = (value: unknown): Prepared => {
    const { texts, below, problems } = unwrapped(value);
    const filled = fillSites(texts, around.environment, below);
    registerSecrets(filled.value, around.secret);
    around.known?.(namesIn(texts));
    return { value: filled.value, problems: [...problems, ...filled.problems], below };
  };
  const check = (value: unknown) => {
    const checked = checkSites(value, around);
    sites = checked.sites;
    const none = JSON.stringify(value) === '{}' ? [{ path: [], text: NO_SITE }] : [];
    return [...none, ...checked.faults];
  };
  readYaml(sitesShape, yaml, { showValues: false, prepare, check });
  return [...sites];
}

const NO_SITE = 'no site is described. Write one, as in "dev: { url: https://qlik-dev:4242, … }".';

/** The other keys of a relay's configuration: one file can serve the relay and the action. */
const OF_A_RELAY = new Set(['listen', 'github', 'store', 'subscriptions', 'backlog', 'history']);

function unwrapped(value: unknown): { texts: unknown; below: string[]; problems: Found[] } {
  const { sites: texts, ...others } = Object(value);
  const isWrapper = typeof texts === 'object' && texts !== null && !('url' in texts);
  if (!isWrapper) return { texts: value, below: [], problems: [] };
  const strangers = Object.keys(others).filter(key => !OF_A_RELAY.has(key));
  const text = 'this key is beside "sites:". Indent it like the sites that are below "sites:".';
  return { texts, below: ['sites'], problems: strangers.map(key => ({ path: [], key, text })) };
}
