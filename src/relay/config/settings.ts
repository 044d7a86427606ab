import type { GitHubCredential } from '../../github/credentials.ts';
import type { Site } from '../../sites/site.ts';
import type { ConfigText } from './shape.ts';

/** What is watched on a site, and what the relay dispatches of it. Times in ms. */
export interface Subscription extends Omit<ConfigText['subscriptions'][number], 'site' | 'ignoreUsers'> {
  site: Site;
  /** `DIRECTORY\id`: a change by one of them alone starts nothing. */
  ignoreUsers: readonly string[];
}

export interface Listen extends Omit<ConfigText['listen'], 'certificate' | 'key'> {
  /** PEM; http without it. */
  tls: { certificate: string; key: string } | undefined;
}

export interface RelayConfig extends Pick<ConfigText, 'store' | 'backlog' | 'history'> {
  sites: readonly Site[];
  listen: Listen;
  github: { url: string; ca: string | undefined; credential: GitHubCredential };
  subscriptions: readonly Subscription[];
}
