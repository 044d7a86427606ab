import type { Credentials } from './credentials.ts';
import type { Named } from './names.ts';

/** One Qlik Sense deployment, and how it is reached. */
export interface Site extends Named {
  /** QRS's origin and, behind a virtual proxy, its prefix; no slash at the end. */
  url: string;
  credentials: Credentials;
  ca: string | undefined;
  /** In whose name calls are made: `DIRECTORY\id` where that is known, else words for a sentence. */
  user: string;
  /** The name expected in the server's certificate, when it is not the URL's host. */
  serverName: string | undefined;
  /** URL of the forward proxy on the way, with its credentials. */
  proxy?: string | undefined;
  /** Where people open apps, without a slash at the end; undefined where that is not known. */
  hub?: string | undefined;
  insecure: boolean;
  /** Apps on their way from, or to, this site at a time. */
  concurrency: number;
}
