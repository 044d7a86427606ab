import type { Tag } from '../qrs/entities.ts';
import type { Site } from '../sites/sites.ts';
import type { Survey } from './survey.ts';
import { sameAddress } from './version.ts';

/**
 * Sites with different addresses that have the very same app, written at the same moment. It tells nothing for sure, as a
 * cloned site has all ids of the other. Pure.
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

/** One site under two addresses would get every app twice. Its central node tells it from a clone. Pure. */
export function warnOfSameSites({ nodes, ...survey }: Survey): string[] {
  return alikeSites(survey).flatMap(([one, other]) => {
    const [node, twin] = [nodes.get(one), nodes.get(other)];
    const names = `Sites "${one.name}" and "${other.name}" have the very same app`;
    if (!node || !twin) return [`${names}. If they are one site under two addresses, describe it once.`];
    if (node.id !== twin.id || node.hostName.toLowerCase() !== twin.hostName.toLowerCase()) return [];
    return [`${names} and the same central node, ${node.hostName}: they are one site, so describe it once.`];
  });
}

/** Names of tags are not unique: the oldest is taken. Pure. */
export function warnOfTwinTags({ from, doneTags, targets }: Survey): string[] {
  return [twinTags(from, doneTags), ...[...targets].map(([site, { tags }]) => twinTags(site, tags))].flat();
}

function twinTags(site: Site, tags: readonly Tag[]): string[] {
  const counts = new Map<string, Tag[]>();
  for (const tag of tags) counts.set(tag.name, [...(counts.get(tag.name) ?? []), tag]);
  return [...counts].flatMap(([name, [first, ...others]]) =>
    first && others.length > 0
      ? [
          `Site "${site.name}" has ${others.length + 1} tags called "${name}"; the oldest (${first.id}) is taken.`,
        ]
      : [],
  );
}
