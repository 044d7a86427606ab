import type { Privileged, Securable } from '../qrs/rights.ts';
import type { Site } from '../sites/sites.ts';
import type { WantedOnSite } from './wanted.ts';

/** The result of a look: what it is, why the look failed, or why it is not known. */
export type Looked<T> = { is: T } | { failed: string } | { unknown: string };

/** The certificate that a server shows. */
export interface Certificate {
  names: readonly string[];
  /** Ms since the epoch. */
  from: number;
  until: number;
  /** The day of `until`, as 2027-01-31. */
  lastDay: string;
  /** Why it is not trusted, in OpenSSL's word; undefined where it is. */
  distrust: string | undefined;
}

/** The way to a site, to the first answer of its repository service. */
export interface WayFacts {
  /** Addresses of the host. */
  name: Looked<readonly string[]>;
  /** Ms that a connection took. */
  port: Looked<number>;
  certificate: Looked<Certificate>;
  /** The product's version, which a site shows only to users who are signed in. */
  version: Looked<string>;
  /** By how much the site's clock is ahead, ms; undefined where it does not say. */
  ahead: number | undefined;
}

/** What the user may do there. */
export interface RightsFacts {
  creatable: ReadonlyMap<Securable, Looked<boolean>>;
  streams: Looked<readonly Privileged[]>;
  apps: Looked<readonly Privileged[]>;
}

export interface SiteFacts {
  site: Site;
  wanted: WantedOnSite;
  way: WayFacts;
  /** Undefined where nobody is signed in. */
  rights: RightsFacts | undefined;
  /** The custom properties that the spec reads, with their values; undefined where it reads none. */
  properties: Looked<ReadonlyMap<string, readonly string[]>> | undefined;
}

/** A folder that a run fills. */
export interface FolderFacts {
  what: string;
  path: string;
  /** Bytes that are free there. */
  free: Looked<number>;
}

/** What came of a spec or request that was planned and not carried out. */
export interface Rehearsal {
  of: 'Promotion' | 'Reload';
  says: Looked<string>;
  warnings: readonly string[];
}

/** All facts that findings are made of. */
export interface CheckFacts {
  /** When they were read, ms since the epoch. */
  at: number;
  sites: readonly SiteFacts[];
  folders: readonly FolderFacts[];
  rehearsals: readonly Rehearsal[];
  trials: readonly Trial[];
}

/** What was tried with changes in a stream of one site. */
export interface Trial {
  site: string;
  steps: readonly { what: string; came: Looked<string> }[];
}
