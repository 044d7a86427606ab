import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { RemoteError } from '../../base/errors.ts';
import { retry, TRIES } from '../../base/retry.ts';
import type { AppFile } from '../../qrs/apps/upload.ts';
import type { App } from '../../qrs/entities.ts';
import { bringsData } from '../options.ts';
import type { AppPlan } from '../plan/planned.ts';
import type { RunContext } from '../run-context.ts';
import { type BackedUp, opener } from './backup.ts';
import { type Export, openExport } from './open-export.ts';
import { type Spool, spool } from './spool.ts';

/** One app's file, exported once and read by the uploads to all its target sites. */
export interface Transfer {
  /** Starts the export, unless it has started, and waits for its first bytes. Never throws: `open` does. */
  begin(): Promise<void>;
  /** The file from its beginning. The first call starts the export; after a failure, the next call starts a new one. */
  open(): Promise<AppFile>;
  /** Resolves when the file is complete, to its size in bytes and digest; undefined if nobody opened it. */
  whole(): Promise<{ bytes: number; sha256: string } | undefined>;
  /** Ends the download, if it is still running, and removes the file. */
  close(): Promise<void>;
}

/** The beginning of the file names of a run. They do not contain apps' names, which must not decide a path. */
export function filePrefix(run: string): string {
  return `qrs-action-${run}-`;
}

/** The files of one app: each version is exported once for all targets. */
export interface Transfers {
  of(version: App): Transfer;
  /** The file of the newest version so far. */
  newest(): Transfer;
  close(): Promise<void>;
}

/** Data that no target takes is not exported. */
export function transfersOf({ app, file, targets }: AppPlan, context: RunContext): Transfers {
  const uploads = targets.filter(({ make }) => make === 'upload');
  const skipData = !uploads.some(({ options }) => bringsData(options));
  const start = () => {
    if (file) return transferOfFile(file);
    return uploads.length > 0 ? transferOf(app, skipData, context) : NO_TRANSFER;
  };
  const byDate = new Map<string, Transfer>();
  const of = ({ modifiedDate }: App) => {
    const transfer = byDate.get(modifiedDate) ?? start();
    byDate.set(modifiedDate, transfer);
    return transfer;
  };
  return {
    of,
    newest: () => [...byDate.values()].at(-1) ?? of(app),
    close: async () => {
      for (const transfer of byDate.values()) await transfer.close();
    },
  };
}

/**
 * Uploads begin with the first bytes. Each export makes the site build the whole file, so there are four exports at
 * most, for any number of targets and of failed uploads.
 */
function transferOf(app: App, skipData: boolean, context: RunContext): Transfer {
  const { source, folder, run, exports: slot, spec } = context;
  const { maxSize } = spec;
  const spools: Spool[] = [];
  const closed = new AbortController();
  const exporter = source.under(AbortSignal.any([source.signal, closed.signal]));
  let asked = 0;
  let current: Promise<Arriving> | undefined;

  const ask = async (): Promise<Arriving> => {
    asked += 1;
    const { content, length } = await openExport(exporter, app, { folder, skipData, maxSize });
    return { spool: await spool(content, join(folder, `${filePrefix(run)}${randomUUID()}.qvf`)), length };
  };
  const start = () =>
    new Promise<Arriving>((resolve, reject) => {
      const arrive = async () => {
        const arriving = await retry(exporter, () => asked < TRIES, ask);
        spools.push(arriving.spool);
        resolve(arriving);
        await arriving.spool.whole;
      };
      slot(arrive).catch(error => reject(forUploads(error)));
    });
  const open = async (): Promise<AppFile> => {
    current ??= start();
    const broken = (await current).spool.broken();
    if (broken !== undefined) {
      if (!(broken instanceof RemoteError) || broken.final || asked >= TRIES) throw forUploads(broken);
      current = start();
    }
    const { spool: arriving, length } = await current;
    return { content: unlessBroken(arriving.follow()), length };
  };
  return {
    begin: async () => {
      current ??= start();
      await current.catch(() => {});
    },
    // Targets ask at the same time; they are served in turn, so that one export serves all of them.
    open: inTurn(open),
    whole: async () => (current ? (await current).spool.whole : undefined),
    close: async () => {
      // Ends a download that no upload needs any more.
      closed.abort();
      for (const one of spools) await one.remove();
    },
  };
}

/** The file of a backup instead of an export. */
function transferOfFile(file: BackedUp): Transfer {
  return {
    begin: async () => {},
    open: opener(file),
    whole: async () => ({ bytes: file.bytes, sha256: file.sha256 }),
    close: async () => {},
  };
}

/** Within one site no file is needed. */
const NO_TRANSFER: Transfer = {
  begin: async () => {},
  open: async () => {
    throw new Error('Nothing travels within one site.');
  },
  whole: async () => undefined,
  close: async () => {},
};

interface Arriving extends Pick<Export, 'length'> {
  spool: Spool;
}

/** The export has failed for good: the upload need not try again, and it has uploaded nothing. */
function forUploads(error: unknown): unknown {
  return error instanceof RemoteError ? error.but({ final: true, mayBeDone: false }) : error;
}

/** An error of the export ends the upload: the target surely has no whole file. */
async function* unlessBroken(content: AsyncIterable<Uint8Array>) {
  try {
    yield* content;
  } catch (error) {
    throw error instanceof RemoteError ? error.but({ mayBeDone: false }) : error;
  }
}

function inTurn<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
}
