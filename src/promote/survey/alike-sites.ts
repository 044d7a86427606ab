import type { Qrs } from '../../qrs/connection.ts';
import type { AppFields } from '../../qrs/entities.ts';
import { centralNode, type Node } from '../../qrs/nodes.ts';
import type { Site } from '../../sites/sites.ts';
import { sameAddress } from '../version.ts';
import type { Survey } from './facts.ts';

/**
 * Sites with different addresses that have the same app, written at the same moment. They may be one site, or a site
 * and its clone, which has the same ids. Pure.
 */
export function alikeSites(survey: Apps): [Site, Site][] {
  const twice = repeatedIds(survey);
  if (twice.size === 0) return [];
  const seen = new Map<string, Site>();
  const pairs = new Map<string, [Site, Site]>();
  for (const [site, { id, modifiedDate }] of appsOnSites(survey)) {
    if (!twice.has(id)) continue;
    const key = `${id} ${modifiedDate}`;
    const other = seen.get(key);
    if (other && !sameAddress(other, site)) pairs.set(`${other.name}\n${site.name}`, [other, site]);
    seen.set(key, site);
  }
  return [...pairs.values()];
}

type Apps = Pick<Survey, 'from' | 'apps' | 'targets'>;

function* appsOnSites({ from, apps, targets }: Apps): Generator<[Site, AppFields]> {
  for (const { app, file } of apps) if (!file) yield [from, app];
  for (const [site, { live }] of targets) {
    for (const all of live.values()) for (const app of all) yield [site, app];
  }
}

/** Few apps share an id, even among a hundred thousand. */
function repeatedIds(apps: Apps): Set<string> {
  const known = new Set<string>();
  const twice = new Set<string>();
  for (const [, { id }] of appsOnSites(apps)) (known.has(id) ? twice : known).add(id);
  return twice;
}

/** The central nodes of these sites, as far as the user may read them. */
export async function nodesOf(sites: readonly Site[], open: (site: Site) => Qrs): Promise<Map<Site, Node>> {
  const read = [...new Set(sites)].map(async site => [site, await centralNode(open(site))] as const);
  return new Map((await Promise.all(read)).flatMap(([site, node]) => (node ? [[site, node] as const] : [])));
}
