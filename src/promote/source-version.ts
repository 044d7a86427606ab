import { readApp } from '../qrs/apps/find.ts';
import { findObjects } from '../qrs/apps/objects.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { type Export, openExport } from './exporting.ts';
import { sourceDigest } from './version.ts';

/** Which version of the source app a file holds. */
export interface Version {
  app: App;
  /** Of its content; undefined where the site does not show it. */
  digest: string | undefined;
  /** It did not change while the file was made. */
  steady: boolean;
}

/** The version that is on its way, and how its file is opened. */
export interface Versioned {
  now(): Version;
  open: typeof openExport;
}

/**
 * Knows which version an export holds: people edit the app while it is exported. The source is read once the site has
 * made the file; where it is as it was surveyed, nothing has changed in between. Where it is not, it is exported once
 * more, and if it changes again, the version is the earlier one: the next run finds a newer one and promotes that.
 */
export function versioned(
  surveyed: App,
  { digest, data }: { digest: string | undefined; data: boolean },
): Versioned {
  let version: Version = { app: surveyed, digest, steady: true };
  /** The app right after its export; undefined where its content is the known one. */
  const changed = async (source: Qrs): Promise<Version | undefined> => {
    const app = await readApp(source, surveyed.id);
    if (!app || app.modifiedDate === version.app.modifiedDate) return undefined;
    const now = sourceDigest(app, (await findObjects(source, [app.id])).get(app.id) ?? [], data);
    return now !== undefined && now === version.digest ? undefined : { app, digest: now, steady: true };
  };
  return {
    now: () => version,
    open: async (source, app, options): Promise<Export> => {
      const file = await openExport(source, app, options);
      const other = await changed(source);
      if (!other) return file;
      await file.cancel();
      source.log.info(
        `${source.site.name}: "${app.name}" was changed while it was exported; exporting it again.`,
      );
      version = other;
      const again = await openExport(source, app, options);
      version = { ...version, steady: (await changed(source)) === undefined };
      return again;
    },
  };
}
