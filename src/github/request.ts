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
  /** The permissions that an App's token needs for it. Default: those of a dispatch. */
  permissions?: Permissions;
  /** Sign it as the App itself: it asks about the App's installation, or for a token of it. */
  asApp?: true;
}

/** The GitHub that is called, and the credential that calls it. */
export interface Caller {
  /** Of the API, without a slash at its end. */
  url: string;
  /** The name at the beginning of a sentence: `GitHub (api.github.com)`. */
  name: string;
  /** `api.github.com`, with a port that is not the usual one. */
  host: string;
  /** `host:port` of the proxy on the way. */
  proxy: string | undefined;
  credential: GitHubCredential;
  clock: Clock;
  /** Removes the credential, and the tokens that an App has now, from a text. */
  redact: (text: string) => string;
}

/** Of a repository in the API. */
export function pathOf(repository: string): string {
  return `/repos/${repository.split('/').map(encodeURIComponent).join('/')}`;
}
