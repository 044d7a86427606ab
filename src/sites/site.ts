import type { Credentials } from './credentials.ts';
import type { Named } from './names.ts';

/** One Qlik Sense deployment, and how to reach it. */
export interface Site extends Named {
  /** QRS's origin and, behind a virtual proxy, its prefix; without a final slash. */
  url: string;
  credentials: Credentials;
  ca: string | undefined;
  /** The user who makes the calls: `DIRECTORY\id` where that is known, else words for a sentence. */
  user: string;
  /** The expected name in the server's certificate, where it is not the URL's host. */
  serverName: string | undefined;
  /** URL of the forward proxy on the way, with its credentials. */
  proxy?: string | undefined;
  /** The hub, where people open apps, without a final slash; undefined where unknown. */
  hub?: string | undefined;
  insecure: boolean;
  /** The most apps to move from, or to, this site at a time. */
  concurrency: number;
}
