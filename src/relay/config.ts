import { z } from 'zod';
import { parseDuration } from '../base/duration.ts';
import { InputError } from '../base/errors.ts';
import { closed, readYaml, type YamlText } from '../base/yaml.ts';
import type { GitHubCredential } from '../github/credentials.ts';
import { STATUS, type Status } from '../qrs/executions.ts';
import { CHANGES, type Change } from '../qrs/subscriptions.ts';
import { readPem } from '../sites/credentials.ts';
import {
  checkSites,
  fillIn,
  findSite,
  knownSites,
  registerSecrets,
  type Secret,
  type Site,
  sitesShape,
} from '../sites/sites.ts';
import type { Environment } from '../sites/variables.ts';
import { type When, whenKeys } from '../when/when.ts';

/** What is watched on a site, and what GitHub is told of it. Times in ms. */
export interface Subscription {
  name: string;
  site: Site;
  /** A type of QRS. */
  entity: string;
  changes: readonly Change[];
  filter: string | undefined;
  property: string | undefined;
  when: When & { status: readonly Status[] | undefined };
  /** `DIRECTORY\id`: a change by one of them alone starts nothing. */
  ignoreUsers: readonly string[];
  send: { repository: string; event: string };
  /** One dispatch per entity once it has been quiet so long, … */
  quiet: number;
  /** … and never later than this after the first notification. */
  maxWait: number;
}

export interface Listen {
  /** What QRS calls back; no slash at the end. */
  url: string;
  host: string;
  port: number;
  /** PEM; http without it. */
  tls: { certificate: string; key: string } | undefined;
}

export interface RelayConfig {
  sites: readonly Site[];
  listen: Listen;
  github: { url: string; ca: string | undefined; credential: GitHubCredential };
  /** Path of the SQLite file. */
  store: string;
  subscriptions: readonly Subscription[];
  /** Changes waiting at most; beyond it QRS is told to come again later, and catching up finds the rest. */
  backlog: number;
  /** How long, in ms, and how many of the changes that are done are kept. */
  history: { age: number; rows: number };
}

const text = z.string().trim().min(1, 'must not be empty');
const duration = z.string().transform((value, context) => {
  const ms = parseDuration(value);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: 'must be a duration such as 5s, 2m or 30d' });
  return z.NEVER;
});
const url = z.url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' });
const word = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be up to 64 letters, digits, ".", "_" or "-"');

const subscription = closed({
  name: word,
  site: text,
  entity: z.string().regex(/^[A-Za-z]+(\.[A-Za-z]+)*$/, 'must be a type of QRS such as App'),
  change: z.array(z.enum(CHANGES)).min(1, 'must name at least one change').default(['update']),
  filter: text.optional(),
  property: z
    .string()
    .regex(/^!?[A-Za-z]+$/, 'must be the name of one property of QRS such as lastReloadTime')
    .optional(),
  when: closed({ ...whenKeys, status: z.array(z.enum(STATUS)).min(1).optional() }).prefault({}),
  'ignore-users': z.array(z.string().regex(/^[^\\]+\\[^\\]+$/, 'must be DIRECTORY\\user')).optional(),
  send: closed({
    repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name'),
    event: text.max(100, 'must be at most 100 characters'),
  }),
  quiet: duration.prefault('5s'),
  'max-wait': duration.prefault('60s'),
});
type SubscriptionText = z.infer<typeof subscription>;

const app = closed({
  id: z.union([z.number().int(), text]),
  key: text,
  installation: z.number().int(),
});
const schema = closed({
  sites: sitesShape,
  listen: closed({
    url,
    host: text.optional(),
    port: z.number().int().min(0).max(65535).optional(),
    certificate: text.optional(),
    key: text.optional(),
  }),
  github: closed({
    url: url.default('https://api.github.com'),
    token: text.optional(),
    app: app.optional(),
    ca: text.optional(),
  }),
  store: text,
  subscriptions: z.array(subscription).min(1, 'must have at least one subscription'),
  backlog: z.number().int().min(1, 'must be at least 1').default(100_000),
  history: closed({ age: duration.prefault('30d'), rows: z.number().int().min(0).default(10_000) }).prefault(
    {},
  ),
});
type ConfigText = z.infer<typeof schema>;

/**
 * Reads the relay's configuration. `${NAME}` in any string is the environment variable NAME. Throws InputError
 * with every problem at once, with line and column where it has one; no value is ever quoted.
 */
export function readConfig(yaml: YamlText, given: { environment: Environment; secret: Secret }): RelayConfig {
  const prepare = (value: unknown) =>
    fillIn(value, given.environment, yaml.from, (filled, made) => tellSecrets(filled, made, given.secret));
  const said = readYaml(schema, yaml, { showValues: false, prepare });
  const problems: string[] = [];
  const gather = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(
        ...error.problems.map(line => (line.startsWith(yaml.from) ? line : `${yaml.from}: ${line}`)),
      );
      return undefined;
    }
  };
  const sites = gather(() => sitesOf(said.sites, given));
  const listen = gather(() => listenFrom(said.listen));
  const github = gather(() => githubFrom(said.github, given.secret));
  const store = gather(() => storeFrom(said.store));
  const subscriptions = sites && gather(() => subscriptionsFrom(said.subscriptions, sites));
  if (!sites || !listen || !github || store === undefined || !subscriptions) throw new InputError(problems);
  return { sites, listen, github, store, subscriptions, backlog: said.backlog, history: said.history };
}

function sitesOf(texts: ConfigText['sites'], given: { environment: Environment; secret: Secret }): Site[] {
  const { sites, faults } = checkSites(texts, given);
  if (faults.length > 0) throw new InputError(faults.map(({ text }) => text));
  return sites;
}

function listenFrom({ url, host, port, certificate, key }: ConfigText['listen']): Listen {
  if ((certificate === undefined) !== (key === undefined)) {
    throw new InputError('listen: certificate and key go together.');
  }
  const callback = new URL(url);
  const own = callback.port === '' ? (callback.protocol === 'https:' ? 443 : 80) : Number(callback.port);
  if (callback.protocol === 'http:' && certificate !== undefined) {
    throw new InputError('listen: with certificate and key, url must begin with https://.');
  }
  const tls =
    certificate !== undefined && key !== undefined
      ? { certificate: readPem(certificate, 'listen: certificate'), key: readPem(key, 'listen: key') }
      : undefined;
  return { url: url.replace(/\/+$/, ''), host: host ?? '::', port: port ?? own, tls };
}

function githubFrom({ url, token, app, ca }: ConfigText['github'], secret: Secret): RelayConfig['github'] {
  if ((token === undefined) === (app === undefined)) {
    throw new InputError('github: give either a token or an app (with id, key and installation).');
  }
  const shared = {
    url: url.replace(/\/+$/, ''),
    ca: ca === undefined ? undefined : readPem(ca, 'github: ca'),
  };
  if (token !== undefined) return { ...shared, credential: { kind: 'token', token } };
  const { id = '', key = '', installation = 0 } = app ?? {};
  const pem = readPem(key.replaceAll('\\n', '\n'), 'github: app.key');
  secret(pem);
  return { ...shared, credential: { kind: 'app', id, key: pem, installation } };
}

function storeFrom(store: string): string {
  if (/^postgres(ql)?:/.test(store)) {
    throw new InputError('store: a database server is not supported yet; give the path of a file.');
  }
  return store;
}

function subscriptionsFrom(texts: readonly SubscriptionText[], sites: readonly Site[]): Subscription[] {
  const problems: string[] = [];
  const names = texts.map(({ name }) => name.toLowerCase());
  for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index))) {
    problems.push(`two subscriptions are called "${name}"; the name is part of the callback's address.`);
  }
  const subscriptions = texts.flatMap(said => {
    const site = findSite(sites, said.site);
    const place = `subscription "${said.name}"`;
    problems.push(...subscriptionProblems(said).map(problem => `${place}: ${problem}`));
    if (!site) problems.push(`${place}: there is no site "${said.site}". ${knownSites(sites, said.site)}`);
    return site ? [subscriptionFrom(said, site)] : [];
  });
  if (problems.length > 0) throw new InputError(problems);
  return subscriptions;
}

function subscriptionProblems({ entity, when, quiet, 'max-wait': maxWait }: SubscriptionText): string[] {
  const problems: string[] = [];
  const type = entity.toLowerCase();
  if (quiet > maxWait) problems.push('quiet must not be longer than max-wait.');
  if (when.status && type !== 'executionresult')
    problems.push('when.status is for the entity ExecutionResult.');
  if (when.published !== undefined && type !== 'app') problems.push('when.published is for the entity App.');
  const others = Object.keys(when.properties).length + when.tags.has.length + when.tags.lacks.length;
  if (others > 0 && type === 'executionresult') {
    problems.push('an ExecutionResult has no tags or properties; use when.status.');
  }
  return problems;
}

function subscriptionFrom(said: SubscriptionText, site: Site): Subscription {
  // A user told in words, as that of a token, is nobody's name.
  const own = /^[^\\]+\\[^\\]+$/.test(site.user) ? [site.user] : [];
  return {
    name: said.name,
    site,
    entity: said.entity,
    changes: [...new Set(said.change)],
    filter: said.filter,
    property: said.property,
    when: { ...said.when, status: said.when.status },
    ignoreUsers: said['ignore-users'] ?? own,
    send: said.send,
    quiet: said.quiet,
    maxWait: said['max-wait'],
  };
}

/** Gives what may be a credential to `secret`, before anything is checked. */
function tellSecrets(config: unknown, made: ReadonlySet<string>, secret: Secret): void {
  const { sites, github, listen } = z
    .looseObject({ sites: z.unknown(), github: z.unknown(), listen: z.unknown() })
    .catch({ sites: undefined, github: undefined, listen: undefined })
    .parse(config);
  registerSecrets({ sites, listen }, made, secret);
  const keys = z
    .looseObject({ token: z.string().optional(), app: z.looseObject({ key: z.string() }).optional() })
    .safeParse(github);
  if (keys.data?.token) secret(keys.data.token);
  if (keys.data?.app && keys.data.app.key.length >= 200) secret(keys.data.app.key);
}
