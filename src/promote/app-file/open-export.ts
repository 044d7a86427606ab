import { statfs } from 'node:fs/promises';
import { InputError, RemoteError } from '../../base/errors.ts';
import { formatBytes } from '../../base/units.ts';
import { exportApp } from '../../qrs/apps/export.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';

interface ExportOptions {
  folder: string;
  skipData: boolean;
  maxSize: number | undefined;
  /** With the objects of users, too. */
  all?: boolean;
}

/** A file that is on its way from a site. */
export interface Export {
  content: AsyncIterable<Uint8Array>;
  /** The size that the site announced, bytes; undefined where it did not. */
  length: number | undefined;
}

/**
 * Exports an app into `folder` and waits for the first bytes: an empty file or a web page is no app. It does not begin
 * where the disk has no room. Of an app whose size the site does not state, it takes at most `maxSize` bytes, or what
 * fits on the disk. All files come this way, for uploads, backups and archives.
 */
export async function openExport(
  source: Qrs,
  app: App,
  { folder, skipData, maxSize, all }: ExportOptions,
): Promise<Export> {
  await refuseFullDisk(app, folder, skipData);
  const { content, length } = await exportApp(source, app, {
    skipData,
    all,
    room: maxSize ?? (await freeSpace(folder)),
  });
  const size = length === undefined ? '' : ` (${formatBytes(length)})`;
  source.log.info(
    `${source.site.name}: exporting "${app.name}"${all ? ' with what users made' : ''}${size}.`,
  );
  const first = await content.next();
  if (!first.done && isApp(first.value)) return { content: resumed(first.value, content), length };
  // Frees the connection of what is not read to its end.
  await content.return(undefined);
  const isEmpty = first.done || first.value.length === 0;
  throw notAnApp(source, app, isEmpty ? 'the file is empty' : 'a web page came instead of the file');
}

function isApp(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes[0] !== '<'.charCodeAt(0);
}

/** Refuses before the transfer, where the site states the app's size and the disk its free space. */
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
    unusable: true,
    mayBeDone: false,
    final: false,
  });
}

/** Bytes that a file of ours leaves free on the disk for other programs. */
const SPARED = 1024 ** 3;

/** How many bytes a file in this folder may have when its size is not known in advance. */
async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.max(bavail * bsize - SPARED, 0);
}
