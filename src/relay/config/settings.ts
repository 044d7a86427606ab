import type { GitHubCredential } from '../../github/credentials.ts';
import type { Status } from '../../qrs/executions.ts';
import type { Change } from '../../qrs/subscriptions.ts';
import type { Site } from '../../sites/sites.ts';
import type { When } from '../../when/when.ts';

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
  /** Where health and metrics are told, over http; undefined: beside what QRS calls. */
  status: { host: string; port: number } | undefined;
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
