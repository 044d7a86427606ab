import type { Simulator } from '../../simulator/server.ts';
import { partsOf } from '../../simulator/site/app-objects.ts';
import { originOf } from '../../simulator/site/content.ts';
import type { Shown } from '../../simulator/site/moments.ts';

/** Names what users see of an app: its file, and each of its base objects. */
export const versionShown = ({ content, base }: Pick<Shown, 'content' | 'base'>) =>
  JSON.stringify([content, base]);

/** All versions that apps have had, by their ids, the oldest first. */
export type Versions = Map<string, string[]>;

/** Notes what every app is now, as an export would write it. */
export function noteVersions({ site }: Simulator, versions: Versions) {
  for (const app of site.apps.values()) {
    const parts = partsOf(site, app, 'approved');
    const base = Object.fromEntries(parts.map(({ engineObjectId, version }) => [engineObjectId, version]));
    const version = versionShown({ content: originOf(app.content), base });
    const known = versions.get(app.id) ?? [];
    if (known.at(-1) !== version) versions.set(app.id, [...known, version]);
  }
}
