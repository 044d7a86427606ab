import type { App } from '../../qrs/entities.ts';
import type { Context } from '../context.ts';
import type { AppPlan } from '../plan/planned.ts';
import type { Version } from '../source/source-version.ts';
import { NO_TRANSFER, type Transfer, transferOf, transferOfFile } from './transfer.ts';

/** What all targets of an app share. */
export interface Bringing {
  plan: AppPlan;
  /** The file of a version: exported once, whatever the number of targets. Without one: of the newest so far. */
  transfer: (version?: Version) => Transfer;
  /** The source app as it was read last. */
  lastRead: App | undefined;
  close: () => Promise<void>;
}

/** Data that no target takes does not travel. */
export function bringingOf(
  plan: AppPlan,
  { source, folder, run, exports, spec: { maxSize } }: Context,
): Bringing {
  const { app, file, targets } = plan;
  const uploads = targets.filter(({ make }) => make === 'upload');
  const skipData = uploads.every(({ options }) => options.data === 'drop');
  const open = () => {
    if (file) return transferOfFile(file);
    return uploads.length > 0
      ? transferOf(source, app, { folder, run, skipData, maxSize, slot: exports })
      : NO_TRANSFER;
  };
  const transfers = new Map<string, Transfer>();
  return {
    plan,
    lastRead: undefined,
    transfer: version => {
      const key = version?.app.modifiedDate ?? [...transfers.keys()].at(-1) ?? app.modifiedDate;
      const known = transfers.get(key) ?? open();
      transfers.set(key, known);
      return known;
    },
    close: async () => {
      for (const transfer of transfers.values()) await transfer.close();
    },
  };
}
