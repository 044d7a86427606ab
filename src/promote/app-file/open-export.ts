import { statfs } from 'node:fs/promises';
import { InputError, RemoteError } from '../../base/errors.ts';
import { roomIn } from '../../base/room.ts';
import { formatBytes } from '../../base/units.ts';
import { exportApp } from '../../qrs/apps/export.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { App } from '../../qrs/entities.ts';

/** A file that is on its way from a site. */
export interface Export {
  content: AsyncIterable<Uint8Array>;
  /** Bytes as announced by the site, if it did. */
  length: number | undefined;
}

/**
 * Exports an app into `folder`, once, and waits for the first bytes: what is empty or a web page is no app, and what
 * the disk has no room for is not begun. Of an app whose size the site does not say, at most `maxSize` bytes are taken, or
 * what is free on the disk. Every file comes this way, be it to be uploaded, kept as a backup or archived.
 */
export async function openExport(
  source: Qrs,
  app: App,
  { folder, skipData, maxSize }: { folder: string; skipData: boolean; maxSize: number | undefined },
): Promise<Export> {
  await refuseFullDisk(app, folder, skipData);
  const { content, length } = await exportApp(source, app, {
    skipData,
    room: maxSize ?? (await roomIn(folder)),
  });
  const size = length === undefined ? '' : ` (${formatBytes(length)})`;
  source.log.info(`${source.site.name}: exporting "${app.name}"${size}.`);
  const first = await content.next();
  if (first.done || first.value.length === 0) throw notAnApp(source, app, 'the file is empty');
  if (first.value[0] === '<'.charCodeAt(0))
    throw notAnApp(source, app, 'a web page came instead of the file');
  return { content: resumed(first.value, content), length };
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
