import type { Clock } from '../base/clock.ts';
import type { GitHubCredential } from './credentials.ts';

/** Names of permissions, and `read`, `write` or `admin` for each. */
export type Permissions = Readonly<Record<string, string>>;

/** One call of GitHub's API. */
export interface GitHubRequest {
  /** As it goes on after "asked to": `dispatch "qlik-app-updated" to owner/name`. */
  attempt: string;
  /** owner/name */
  repository: string;
  method: 'GET' | 'POST';
  /** Below the URL of the API, percent-encoded. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** What an App's token has to be allowed for it. Default: to dispatch. */
  permissions?: Permissions;
  /** Signed as the App itself: to ask about its installation, or for a token of it. */
  asApp?: true;
}

/** Which GitHub is called, and by whom. */
export interface Caller {
  /** Of the API, without a slash at its end. */
  url: string;
  /** As sentences begin: `GitHub (api.github.com)`. */
  name: string;
  /** `api.github.com`, with a port that is not the usual one. */
  host: string;
  /** `host:port` of the proxy on the way. */
  proxy: string | undefined;
  credential: GitHubCredential;
  clock: Clock;
  /** Takes the credential, and the tokens that an App has now, out of a text. */
  redact: (text: string) => string;
}

/** Of a repository in the API. */
export function pathOf(repository: string): string {
  return `/repos/${repository.split('/').map(encodeURIComponent).join('/')}`;
}
