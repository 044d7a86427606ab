import type { NeededKind } from '../qrs/needed.ts';
import type { Privileged, Securable } from '../qrs/rights.ts';
import type { Site } from '../sites/site.ts';
import type { WantedOnSite } from './wanted.ts';

/** The result of a look: the value, why the look failed, or why the value is not known. */
export type Fact<T> = { is: T } | { failed: string } | { unknown: string };

/** The certificate that a server presents. */
export interface Certificate {
  names: readonly string[];
  /** Ms since the epoch. */
  from: number;
  until: number;
  /** The day of `until`, as 2027-01-31. */
  lastDay: string;
  /** OpenSSL's reason not to trust it; undefined where it is trusted. */
  distrust: string | undefined;
}

/** The way to a site: from its name to the first answer of its repository service. */
export interface WayFacts {
  /** The host's IP addresses. */
  name: Fact<readonly string[]>;
  /** The time to connect, ms. */
  port: Fact<number>;
  certificate: Fact<Certificate>;
  /** The product's version, which a site shows only to users who are signed in. */
  version: Fact<string>;
  /** How far the site's clock is ahead, ms; undefined where the site does not say. */
  ahead: number | undefined;
}

/** The user's rights on the site. */
export interface RightsFacts {
  creatable: ReadonlyMap<Securable, Fact<boolean>>;
  /** How many of each kind the user sees, where the spec requires some. */
  readable: ReadonlyMap<NeededKind, Fact<number>>;
  streams: Fact<readonly Privileged[]>;
  apps: Fact<readonly Privileged[]>;
}

export interface SiteFacts {
  site: Site;
  wanted: WantedOnSite;
  way: WayFacts;
  /** Undefined where nobody is signed in. */
  rights: RightsFacts | undefined;
  /** The custom properties that the spec reads, with their values; undefined where it reads none. */
  properties: Fact<ReadonlyMap<string, readonly string[]>> | undefined;
}

/** A folder in which a run writes files. */
export interface FolderFacts {
  what: string;
  path: string;
  /** Free space, bytes. */
  free: Fact<number>;
}

/** The plan of a spec or request that was not carried out. */
export interface Rehearsal {
  of: 'Promotion' | 'Reload';
  says: Fact<string>;
  warnings: readonly string[];
}

/** The facts for all findings. */
export interface CheckFacts {
  /** When they were read, ms since the epoch. */
  at: number;
  sites: readonly SiteFacts[];
  folders: readonly FolderFacts[];
  rehearsals: readonly Rehearsal[];
  trials: readonly Trial[];
}

/** The results of a trial with changes in a stream of one site. */
export interface Trial {
  site: string;
  steps: readonly { what: string; came: Fact<string> }[];
}
