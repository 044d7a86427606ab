import type { Qrs } from '../../qrs/connection.ts';
import { centralNode, type Node } from '../../qrs/nodes.ts';
import type { Site } from '../../sites/sites.ts';
import { sameAddress } from '../version.ts';
import type { Survey } from './facts.ts';

/**
 * Sites with different addresses that have the very same app, written at the same moment. They may be
 * one site, or a site and its clone, which has the same ids. Pure.
 */
export function alikeSites({
  from,
  apps,
  targets,
}: Pick<Survey, 'from' | 'apps' | 'targets'>): [Site, Site][] {
  const seen = new Map<string, Site>();
  for (const { app, file } of apps) if (!file) seen.set(`${app.id} ${app.modifiedDate}`, from);
  const pairs = new Map<string, [Site, Site]>();
  for (const [site, { live }] of targets) {
    for (const { id, modifiedDate } of [...live.values()].flat()) {
      const key = `${id} ${modifiedDate}`;
      const other = seen.get(key);
      if (other && !sameAddress(other, site)) pairs.set(`${other.name}\n${site.name}`, [other, site]);
      seen.set(key, site);
    }
  }
  return [...pairs.values()];
}

/** The central nodes of these sites, as far as they may be read. */
export async function nodesOf(sites: readonly Site[], open: (site: Site) => Qrs): Promise<Map<Site, Node>> {
  const read = [...new Set(sites)].map(async site => [site, await centralNode(open(site))] as const);
  return new Map((await Promise.all(read)).flatMap(([site, node]) => (node ? [[site, node] as const] : [])));
}
