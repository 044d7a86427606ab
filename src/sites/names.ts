import { nearest } from '../base/nearest.ts';

/** The names of a site. */
export interface Named {
  name: string;
  /** Further names that an app's custom property may use for it. */
  names: readonly string[];
}

/** Finds a site by its name or one of its further names, in any case. */
export function findSite<T extends Named>(sites: readonly T[], called: string): T | undefined {
  const wanted = called.trim().toLowerCase();
  return sites.find(site => namesOf(site).some(name => name.toLowerCase() === wanted));
}

/** Lists the sites for a sentence, and suggests the nearest one to a misspelt name. */
export function knownSites(sites: readonly Named[], called: string): string {
  const names = sites.flatMap(namesOf);
  const near = nearest(called, names);
  return `${near ? `Did you mean "${near}"? ` : ''}Known sites: ${names.join(', ')}.`;
}

/**
 * The site that a key names, or the only site where the key is absent; otherwise a sentence with the problem. `asks`
 * begins the sentence about an absent key.
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

/** The names of all sites in a text, also of those with mistakes. Pure. */
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
