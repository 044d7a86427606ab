import * as z from 'zod';
import type { Environment } from '../../base/environment.ts';
import { type Prepared, readYaml, type YamlText } from '../../base/yaml.ts';
import { valueAt } from '../../base/yaml-problems.ts';
import { checkSites } from '../../sites/check-sites.ts';
import { findSite, knownSites } from '../../sites/names.ts';
import { registerSecrets, type Secret } from '../../sites/secrets.ts';
import type { Site } from '../../sites/site.ts';
import { fillAll, fillSites } from '../../sites/variables.ts';
import { type EndpointFault, githubFrom, listenFrom } from './endpoints.ts';
import type { RelayConfig, Subscription } from './settings.ts';
import { type ConfigText, configShape } from './shape.ts';
import { fillStore, registerStorePassword, storeFaults } from './store-place.ts';

interface Given {
  environment: Environment;
  secret: Secret;
  /** Called with warnings about what will stop working soon. */
  warning?: (sentence: string) => void;
}

/**
 * Reads the relay's configuration. `${NAME}` is the environment variable NAME: below `sites` as in any mapping of
 * sites, elsewhere in any string. Throws InputError
 * with every problem at once, with line and column where it has one; no value of a credential is ever quoted.
 */
export function readConfig(yaml: YamlText, given: Given): RelayConfig {
  const prepare = (value: unknown): Prepared => {
    const filled = fillConfig(value, given.environment);
    tellSecrets(filled.value, given.secret);
    return filled;
  };
  const read: { parts?: Parts } = {};
  const check = (value: unknown, said: ConfigText | undefined): readonly EndpointFault[] => {
    if (!said) return siteFaults(valueAt(value, 'sites'), given);
    const faults: EndpointFault[] = [];
    read.parts = partsOf(said, given, faults);
    return faults;
  };
  const said = readYaml(configShape, yaml, { showValues: false, prepare, check });
  const parts = read.parts ?? partsOf(said, given, []);
  const { store, backlog, history } = said;
  const subscriptions = said.subscriptions.flatMap(one => {
    const site = findSite(parts.sites, one.site);
    return site ? [subscriptionFrom(one, site)] : [];
  });
  return { ...parts, store, subscriptions, backlog, history };
}

type Parts = Pick<RelayConfig, 'sites' | 'listen' | 'github'>;

/** Reads what needs more than the text: credentials, and references between parts. Adds mistakes to `faults`. */
function partsOf(said: ConfigText, given: Given, faults: EndpointFault[]): Parts {
  const { secret } = given;
  const { sites, faults: ofSites } = checkSites(said.sites, given);
  faults.push(...ofSites.map(belowSites), ...unknownSites(said), ...storeFaults(said.store));
  return {
    sites,
    listen: listenFrom(said.listen, secret, faults),
    github: githubFrom(said.github, given, faults),
  };
}

/** What is wrong with the sites alone. */
function siteFaults(sites: unknown, given: Given): EndpointFault[] {
  return checkSites(sites, given).faults.map(belowSites);
}

const belowSites = ({ path, text }: EndpointFault): EndpointFault => ({ path: ['sites', ...path], text });

function unknownSites({ sites, subscriptions }: ConfigText): EndpointFault[] {
  const known = Object.entries(sites).map(([name, { names = [] }]) => ({ name, names }));
  return subscriptions.flatMap(({ name, site }, index) => {
    if (findSite(known, site)) return [];
    const text = `subscription "${name}": there is no site "${site}". ${knownSites(known, site)}`;
    return [{ path: ['subscriptions', index, 'site'], text }];
  });
}

function subscriptionFrom(said: ConfigText['subscriptions'][number], site: Site): Subscription {
  // A user described in words, as that of a token, has no name to compare.
  const own = /^[^\\]+\\[^\\]+$/.test(site.user) ? [site.user] : [];
  // No user changes an execution result: the name in its record is that of the user whose task ran.
  const others = said.entity.toLowerCase() === 'executionresult' ? [] : own;
  return { ...said, site, ignoreUsers: said.ignoreUsers ?? others };
}

function fillConfig(config: unknown, environment: Environment): Prepared {
  const { data } = z.looseObject({}).safeParse(config);
  if (!data) return fillAll(config, environment);
  const { sites, store, ...rest } = data;
  const filled = [
    fillAll(rest, environment),
    ...(sites === undefined ? [] : [below('sites', fillSites(sites, environment, ['sites']))]),
    ...(store === undefined ? [] : [fillStore({ store }, environment)]),
  ];
  return {
    value: Object.assign({}, ...filled.map(({ value }) => value)),
    problems: filled.flatMap(({ problems }) => problems),
  };
}

const below = (key: string, { value, problems }: Prepared): Prepared => ({
  value: { [key]: value },
  problems,
});

/** Gives what may be a credential to `secret`, before anything is checked. */
function tellSecrets(config: unknown, secret: Secret): void {
  const { sites, github, listen, store } = z
    .looseObject({ sites: z.unknown(), github: z.unknown(), listen: z.unknown(), store: z.unknown() })
    .catch({ sites: undefined, github: undefined, listen: undefined, store: undefined })
    .parse(config);
  registerStorePassword(store, secret);
  registerSecrets({ sites, listen }, secret);
  const lost = { token: undefined, app: undefined };
  const keys = z
    .looseObject({
      token: z.string().optional().catch(undefined),
      app: z.looseObject({ key: z.string() }).optional().catch(undefined),
    })
    .catch(lost)
    .parse(github);
  if (keys.token) secret(keys.token);
  // A short one is a path.
  if (keys.app && keys.app.key.length >= 200) secret(keys.app.key);
}
