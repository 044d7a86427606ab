import { randomUUID } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, RemoteError } from '../base/errors.ts';
import type { Limiter } from '../base/limit.ts';
import { withProgress } from '../base/progress.ts';
import { retry } from '../base/retry.ts';
import { roomIn } from '../base/room.ts';
import { formatBytes } from '../base/units.ts';
import { exportApp } from '../qrs/apps/export.ts';
import type { AppFile } from '../qrs/apps/upload.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { type BackedUp, opener } from './backup.ts';
import { type Spool, spool } from './spool.ts';

/** One app's file, exported once and read by the uploads to all its target sites. */
export interface Transfer {
  /** Starts the export, if nobody has, and waits for its first bytes. What goes wrong is told by `open`. */
  begin(): Promise<void>;
  /** The file from its beginning. The first call starts the export; a broken one is started anew. */
  open(): Promise<AppFile>;
  /** Resolves when the file has arrived whole, to its size in bytes and digest; undefined if it was never asked for. */
  whole(): Promise<{ bytes: number; sha256: string } | undefined>;
  /** Ends the download where it is still needed by nobody, and removes the file. */
  close(): Promise<void>;
}

/**
 * `folder` holds the file while it is needed, under a name of ours: an app's name says nothing about where
 * bytes may go. Uploads begin when the first bytes are there. `slot` limits the exports of a site.
 */
export function transferOf(
  source: Qrs,
  app: App,
  { folder, skipData, slot }: { folder: string; skipData: boolean; slot: Limiter },
): Transfer {
  const spools: Spool[] = [];
  const closed = new AbortController();
  const exporter = source.under(AbortSignal.any([source.signal, closed.signal]));
  let current: Promise<Arriving> | undefined;

  const start = () =>
    new Promise<Arriving>((resolve, reject) => {
      const arrive = async () => {
        const arriving = await retry(
          exporter,
          () => true,
          () => begin(exporter, app, folder, skipData),
        );
        spools.push(arriving.spool);
        resolve(arriving);
        await arriving.spool.whole;
      };
      slot(arrive).catch(reject);
    });
  const open = async (): Promise<AppFile> => {
    const last = await current?.catch(() => undefined);
    if (!current || !last || worthAnother(last.spool.broken())) current = start();
    const { spool: arriving, length } = await current;
    return { content: arriving.follow(), length };
  };
  return {
    begin: async () => {
      current ??= start();
      await current.catch(() => {});
    },
    // Targets ask at the same time: each waits for the one before, so that one export serves them all.
    open: inTurn(open),
    whole: async () => (current ? (await current).spool.whole : undefined),
    close: async () => {
      // What nobody needs any more is not downloaded to its end.
      closed.abort();
      for (const one of spools) await one.remove();
    },
  };
}

/** The file of a backup in the place of an export. */
export function transferOfFile(file: BackedUp): Transfer {
  return {
    begin: async () => {},
    open: opener(file),
    whole: async () => ({ bytes: file.bytes, sha256: file.sha256 }),
    close: async () => {},
  };
}

interface Arriving {
  spool: Spool;
  length: number | undefined;
}

function worthAnother(broken: unknown): boolean {
  return broken instanceof RemoteError && !broken.final;
}

function inTurn<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
}

/** Exports and waits for the first bytes: nothing is uploaded of a file that is empty or a web page. */
async function begin(source: Qrs, app: App, folder: string, skipData: boolean): Promise<Arriving> {
  await refuseFullDisk(app, folder, skipData);
  const { content, length } = await exportApp(source, app, { skipData, room: await roomIn(folder) });
  const size = length === undefined ? '' : ` (${formatBytes(length)})`;
  source.log.info(`${source.site.name}: exporting "${app.name}"${size}.`);
  const what = `${source.site.name}: exporting "${app.name}"`;
  const pieces = withProgress(content, { ...source, what, total: length });
  const first = await pieces.next();
  if (first.done || first.value.length === 0) throw notAnApp(source, app, 'the file is empty');
  if (first.value[0] === '<'.charCodeAt(0))
    throw notAnApp(source, app, 'a web page came instead of the file');
  const path = join(folder, `qrs-action-${randomUUID()}.qvf`);
  return { spool: await spool(resumed(first.value, pieces), path), length };
}

/** Told before the transfer, where the site says how large the app is and the disk how much is free. */
async function refuseFullDisk(app: App, folder: string, skipData: boolean): Promise<void> {
  if (skipData || app.fileSize === undefined) return;
  const disk = await statfs(folder).catch(() => undefined);
  const free = disk ? disk.bavail * disk.bsize : Number.POSITIVE_INFINITY;
  if (free >= app.fileSize) return;
  throw new InputError(
    `App "${app.name}" has ${formatBytes(app.fileSize)}, but only ${formatBytes(free)} are free in ${folder}, ` +
      'where it is kept on its way.',
  );
}

/** The whole stream again. */
async function* resumed(first: Uint8Array, rest: AsyncIterator<Uint8Array>) {
  try {
    for (let piece: Uint8Array | undefined = first; piece; ) {
      yield piece;
      const next: IteratorResult<Uint8Array> = await rest.next();
      piece = next.done ? undefined : next.value;
    }
  } finally {
    await rest.return?.();
  }
}

function notAnApp(source: Qrs, app: App, answer: string): RemoteError {
  return new RemoteError({
    site: source.site.name,
    attempt: `download app "${app.name}"`,
    answer,
    mayBeDone: false,
    final: false,
  });
}
