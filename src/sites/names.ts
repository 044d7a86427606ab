import { nearest } from '../base/nearest.ts';

/** A site, as far as it is called. */
export interface Named {
  name: string;
  /** Other names by which an app's property may call it. */
  names: readonly string[];
}

/** The site that is called so, by its name or one of its other names, in any case. */
export function findSite<T extends Named>(sites: readonly T[], called: string): T | undefined {
  const wanted = called.trim().toLowerCase();
  return sites.find(site => namesOf(site).some(name => name.toLowerCase() === wanted));
}

/** Names the sites for a sentence, and the nearest one to a word that was meant to be one. */
export function knownSites(sites: readonly Named[], called: string): string {
  const names = sites.flatMap(namesOf);
  const near = nearest(called, names);
  return `${near ? `Did you mean "${near}"? ` : ''}Known sites: ${names.join(', ')}.`;
}

/**
 * The site that a key names, or the only one where the key is absent; a sentence where that is none. `asks` begins the
 * sentence about an absent key.
 */
export function meantSite<T extends Named>(
  sites: readonly T[],
  called: string | undefined,
  { key, asks }: { key: string; asks: string },
): T | string {
  const [only] = sites;
  if (called !== undefined) return findSite(sites, called) ?? unknownSite(sites, key, called);
  return only && sites.length === 1 ? only : `${asks} (${key}). ${knownSites(sites, '')}`;
}

/** A sentence about a key whose value names no site. */
export function unknownSite(sites: readonly Named[], key: string, called: string): string {
  return `"${key}" names no site: "${called}". ${knownSites(sites, called)}`;
}

/** What a text of sites calls them, also those that cannot be used. Pure. */
export function namesIn(sites: unknown): Named[] {
  if (typeof sites !== 'object' || sites === null || Array.isArray(sites)) return [];
  return Object.entries(sites).map(([name, site]) => {
    const names: unknown = typeof site === 'object' && site !== null ? Reflect.get(site, 'names') : undefined;
    return { name, names: Array.isArray(names) ? names.filter(one => typeof one === 'string') : [] };
  });
}

function namesOf(site: Named): string[] {
  return [site.name, ...site.names];
}

export function sharedNames(sites: readonly Named[]): string[] {
  const seen = new Map<string, string>();
  const problems: string[] = [];
  for (const site of sites) {
    for (const name of new Set(namesOf(site).map(text => text.toLowerCase()))) {
      const other = seen.get(name);
      if (other) problems.push(`sites "${other}" and "${site.name}" share the name "${name}".`);
      seen.set(name, site.name);
    }
  }
  return problems;
}
