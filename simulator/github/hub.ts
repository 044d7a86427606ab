import type { Clock } from '../site/clock.ts';
import { ahead } from '../site/clock.ts';
import type { CheckedData } from './data.ts';
import type { Switches } from './switches.ts';

export type Permissions = Readonly<Record<string, 'read' | 'write' | 'admin'>>;

/** `all` repositories of the owner who grants it, or their names in lower case. */
export type Reach = 'all' | Set<string>;

export interface Repository {
  readonly id: number;
  /** `owner/name`; see `rename` of the hub. */
  name: string;
  defaultBranch: string;
  private: boolean;
  archived: boolean;
  /** Whether Actions are enabled. */
  actions: boolean;
  /** Whether classic tokens have to be authorised for single sign-on. */
  sso: boolean;
  /** Path → text, on the default branch. */
  readonly files: Map<string, string>;
  readonly disabledWorkflows: Set<string>;
  readonly comments: Comment[];
}

/** On an issue or a pull request. */
export interface Comment {
  readonly id: number;
  readonly issue: number;
  readonly login: string;
  body: string;
}

/** A token of any kind. A test may change whatever is not readonly. */
export interface Credential {
  readonly token: string;
  readonly kind: 'classic' | 'fine-grained' | 'installation';
  /** The user, or `<slug>[bot]`. */
  readonly login: string;
  /** The installation that made it; absent if the token exists from the start. */
  readonly installation: Installation | undefined;
  scopes: readonly string[];
  permissions: Permissions;
  repositories: Reach;
  sso: boolean;
  /** It is valid between these times, in milliseconds since 1970. */
  readonly from: number;
  until: number;
}

export interface Installation {
  readonly id: number;
  readonly account: string;
  readonly app: App;
  repositories: Reach;
  permissions: Permissions;
  suspended: boolean;
}

export interface App {
  readonly id: number;
  readonly clientId: string;
  readonly slug: string;
  readonly owner: string;
  publicKeys: readonly string[];
  permissions: Permissions;
  readonly installations: Map<number, Installation>;
}

/** The state of GitHub. */
export interface Hub {
  readonly switches: Switches;
  readonly clock: Clock;
  /** By name in lower case. */
  readonly repositories: Map<string, Repository>;
  readonly formerNames: Map<string, Repository>;
  /** By the token's text. */
  readonly tokens: Map<string, Credential>;
  readonly apps: Map<number, App>;
}

export const ownerOf = (name: string) => name.slice(0, name.indexOf('/'));
const reachOf = (reach: 'all' | readonly string[]): Reach =>
  reach === 'all' ? 'all' : new Set(reach.map(name => name.toLowerCase()));

/** Throws if a token, an App or a former name names a repository that does not exist. */
export function createHub(data: CheckedData, switches: Switches, clock: Clock): Hub {
  const hub: Hub = {
    switches,
    clock: ahead(clock, () => switches.ahead),
    repositories: new Map(),
    formerNames: new Map(),
    tokens: new Map(),
    apps: new Map(),
  };

  for (const [index, { formerNames, files, disabledWorkflows, ...rest }] of data.repositories.entries()) {
    const repository: Repository = {
      ...rest,
      id: 1000 + index,
      files: new Map(Object.entries(files)),
      disabledWorkflows: new Set(disabledWorkflows),
      comments: [],
    };
    hub.repositories.set(rest.name.toLowerCase(), repository);
    for (const name of formerNames) hub.formerNames.set(name.toLowerCase(), repository);
  }

  function known(reach: 'all' | readonly string[]): Reach {
    const made = reachOf(reach);
    for (const name of made === 'all' ? [] : made)
      if (!hub.repositories.has(name)) throw new Error(`there is no repository ${name}`);
    return made;
  }

  for (const { user, expires, repositories, ...rest } of data.tokens) {
    hub.tokens.set(rest.token, {
      scopes: [],
      permissions: {},
      sso: false,
      ...rest,
      login: user,
      installation: undefined,
      repositories: known(repositories),
      from: Number.NEGATIVE_INFINITY,
      until: expires?.getTime() ?? Number.POSITIVE_INFINITY,
    });
  }

  for (const { installations, clientId, ...rest } of data.apps) {
    const app: App = { ...rest, clientId: clientId ?? `Iv1.${rest.id}`, installations: new Map() };
    for (const { repositories, ...own } of installations)
      app.installations.set(own.id, { ...own, app, repositories: known(repositories) });
    hub.apps.set(app.id, app);
  }
  return hub;
}

/** From now on the old name redirects to the new one. */
export function rename(hub: Hub, from: string, to: string) {
  const repository = hub.repositories.get(from.toLowerCase());
  if (!repository) throw new Error(`there is no repository ${from}`);
  const grants = [...hub.tokens.values(), ...hub.apps.values().flatMap(app => app.installations.values())];
  for (const { repositories } of grants)
    if (repositories !== 'all' && repositories.delete(from.toLowerCase())) repositories.add(to.toLowerCase());
  hub.repositories.delete(from.toLowerCase());
  hub.repositories.set(to.toLowerCase(), repository);
  hub.formerNames.set(from.toLowerCase(), repository);
  repository.name = to;
}
