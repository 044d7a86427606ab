import type { Qrs } from '../../qrs/connection.ts';
import type { AppFields } from '../../qrs/entities.ts';
import { centralNode, type Node } from '../../qrs/nodes.ts';
import type { Site } from '../../sites/site.ts';
import { sameAddress } from '../version.ts';
import type { Survey } from './facts.ts';

/**
 * Sites with different addresses that have the same app, written at the same moment. They may be one site, or a site
 * and its clone, which has the same ids. Pure.
 */
export function alikeSites({ from, apps, targets }: Apps): [Site, Site][] {
  const pairs = new Map<string, [Site, Site]>();
  const sources = Map.groupBy(
    apps.flatMap(({ app, file }) => (file ? [] : [app])),
    ({ name }) => name,
  );
  const names = [...targets.values()].flatMap(({ live }) => [...live.keys()]);
  // A small map for each name is several times faster than one map for a hundred thousand apps.
  for (const name of new Set([...sources.keys(), ...names])) {
    const seen = new Map<string, Site>();
    const look = (site: Site, { id, modifiedDate }: AppFields) => {
      const key = `${id} ${modifiedDate}`;
      const other = seen.get(key);
      if (other && !sameAddress(other, site)) pairs.set(`${other.name}\n${site.name}`, [other, site]);
      seen.set(key, site);
    };
    for (const app of sources.get(name) ?? []) look(from, app);
    for (const [site, { live }] of targets) for (const app of live.get(name) ?? []) look(site, app);
  }
  return [...pairs.values()];
}

type Apps = Pick<Survey, 'from' | 'apps' | 'targets'>;

/** The central nodes of these sites, as far as the user may read them. */
export async function nodesOf(sites: readonly Site[], open: (site: Site) => Qrs): Promise<Map<Site, Node>> {
  const read = [...new Set(sites)].map(async site => [site, await centralNode(open(site))] as const);
  return new Map((await Promise.all(read)).flatMap(([site, node]) => (node ? [[site, node] as const] : [])));
}
