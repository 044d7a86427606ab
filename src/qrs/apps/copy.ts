import { settle } from '../../base/retry.ts';
import type { Qrs } from '../connection.ts';
import { type App, appSchema } from '../entities.ts';
import { removeNamed } from './upload.ts';

/**
 * Copies an app on its site as a new, unpublished one, with or without its custom properties (docs/qrs.md 4.5).
 * No other app may have the name `name`; `lost` is called for each lost answer, as for an upload.
 */
export function copyApp(
  qrs: Qrs,
  app: App,
  { name, properties, lost }: { name: string; properties: 'kept' | 'dropped'; lost?: () => void },
): Promise<App> {
  const attempt = `copy app "${app.name}"`;
  return settle(
    qrs,
    () =>
      qrs.json(appSchema, {
        method: 'POST',
        path: `/qrs/app/${app.id}/copy`,
        query: { name, includecustomproperties: String(properties === 'kept') },
        attempt,
        time: 'long',
        hints: { 403: `May ${qrs.site.user} duplicate apps on this site?` },
      }),
    () => removeNamed(qrs, name),
    lost,
  );
}
