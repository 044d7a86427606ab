import { join } from 'node:path';
import { safeFileName } from '../../base/file-name.ts';
import { whyUnusable } from '../app-file/usable-folder.ts';
import type { Spec } from '../spec.ts';
import type { SurveyedApp } from './facts.ts';

/** The folders of backups and archives that cannot be used, and why: looked at before anything travels. */
export async function surveyFolders(
  { archive }: Spec,
  apps: readonly SurveyedApp[],
): Promise<ReadonlyMap<string, string>> {
  const wishes = apps.flatMap(one => one.wishes.wishes);
  const looks = new Map<string, string>();
  if (archive !== undefined && apps.length > 0) looks.set(archive, archive);
  for (const { site, options } of wishes) {
    // A file in place of the site's own folder is in the way, too.
    if (options.backup !== undefined)
      looks.set(join(options.backup, safeFileName(site.name)), options.backup);
  }
  const found = await Promise.all(
    [...looks].map(async ([path, folder]) => [folder, await whyUnusable(path)] as const),
  );
  return new Map(found.flatMap(([folder, why]) => (why === undefined ? [] : [[folder, why] as const])));
}
