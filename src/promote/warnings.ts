import type { Tag } from '../qrs/entities.ts';
import type { Site } from '../sites/sites.ts';
import type { Survey } from './survey.ts';
import { sameAddress } from './version.ts';

/**
 * One site under two addresses would get every app twice. Nothing tells for sure: the stream Everyone has one id on
 * every site, and a cloned site has all ids of the other. The same app, written at the same moment, is worth a word.
 * Pure.
 */
export function warnOfSameSites({ from, apps, targets }: Survey): string[] {
  const seen = new Map<string, Site>();
  for (const { app, file } of apps) if (!file) seen.set(`${app.id} ${app.modifiedDate}`, from);
  const warnings = new Set<string>();
  for (const [site, { live }] of targets) {
    for (const { id, modifiedDate } of [...live.values()].flat()) {
      const key = `${id} ${modifiedDate}`;
      const other = seen.get(key);
      if (other && !sameAddress(other, site)) warnings.add(sameSite(other, site));
      seen.set(key, site);
    }
  }
  return [...warnings];
}

function sameSite(one: Site, other: Site): string {
  const names = `"${one.name}" and "${other.name}"`;
  return `Sites ${names} have the very same app. If they are one site under two addresses, describe it once.`;
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
