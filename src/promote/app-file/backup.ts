import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { InputError, messageOf } from '../../base/errors.ts';
import { safeFileName } from '../../base/file-name.ts';
import { jsonIn } from '../../base/json.ts';
import { readText } from '../../base/read-text.ts';
import { retry } from '../../base/retry.ts';
import { findObjects } from '../../qrs/apps/objects.ts';
import type { Qrs } from '../../qrs/connection.ts';
import { type App, appSchema } from '../../qrs/entities.ts';
import type { Origin } from '../stamp.ts';
import { openExport } from './open-export.ts';
import { pathBelow } from './path-below.ts';
import { spool } from './spool.ts';

/** A backup file of an app, with its note. */
export interface BackedUp {
  file: string;
  /** The app as its site had it. */
  app: App;
  bytes: number;
  sha256: string;
  /** The origin, for the stamp of an app that is restored from the file. */
  origin: Origin;
}

const sidecarSchema = z.looseObject({
  site: z.string(),
  stream: z.string().nullable(),
  at: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  content: z.literal('all').optional(),
  app: appSchema,
});

/**
 * Exports an app to `<folder>/<site>/<stream>/<name made safe>-<id>-<time>.qvf`, or to `<folder>/<site>` where it is in
 * no stream, with a JSON file beside it that says what it is. Resolves when the file is whole.
 */
export async function backUp(
  qrs: Qrs,
  app: App,
  { folder, content, maxSize }: { folder: string; content: 'base' | 'all'; maxSize: number | undefined },
): Promise<BackedUp> {
  const at = new Date(qrs.clock.now()).toISOString();
  const site = qrs.site.name;
  const stream = app.stream?.name ?? null;
  const place = join(folder, safeFileName(site), ...(stream === null ? [] : [safeFileName(stream)]));
  const file = join(place, `${safeFileName(app.name)}-${app.id}-${at.replace(/[:.]/g, '-')}.qvf`);
  await makeFolder(place);
  const { bytes, sha256 } = await keepExport(qrs, app, file, { skipData: false, maxSize });
  const sidecar = { site, stream, at, bytes, sha256, app };
  await writeNote(file, sidecar);
  if (content === 'all') await keepUsersContent(qrs, app, file, { ...sidecar, maxSize });
  return { file, app, bytes, sha256, origin: { site, app: app.id, modified: app.modifiedDate, data: true } };
}

/**
 * Keeps the app with the objects of users as `…-all.qvf`, without data, which the backup has. An import gives all of
 * these objects to the user who imports (docs/qrs.md 4.1), so the note names their former owners.
 */
async function keepUsersContent(
  qrs: Qrs,
  app: App,
  backup: string,
  { maxSize, ...about }: { site: string; stream: string | null; at: string; maxSize: number | undefined },
): Promise<void> {
  const file = backup.replace(/\.qvf$/, '-all.qvf');
  const { bytes, sha256 } = await keepExport(qrs, app, file, { skipData: true, maxSize, all: true });
  const objects = ((await findObjects(qrs, [app.id])).get(app.id) ?? []).map(one => ({
    engineObjectId: one.engineObjectId,
    objectType: one.objectType,
    name: one.name,
    published: one.published,
    approved: one.approved,
    owner: one.owner && `${one.owner.userDirectory}\\${one.owner.userId}`,
  }));
  await writeNote(file, { ...about, content: 'all', bytes, sha256, app, objects });
}

async function writeNote(file: string, note: Record<string, unknown>): Promise<void> {
  await writeFile(sidecarOf(file), `${JSON.stringify(note, null, 2)}\n`, { mode: 0o600 });
}

/**
 * Keeps an app without data as `<folder>/<name made safe>-<id>.qvf`: the same name at each run, for version
 * control.
 */
export async function archive(
  qrs: Qrs,
  app: App,
  folder: string,
  maxSize: number | undefined,
): Promise<string> {
  await makeFolder(folder);
  const file = join(folder, `${safeFileName(app.name)}-${app.id}.qvf`);
  const fresh = `${file}.new`;
  await rm(fresh, { force: true });
  await keepExport(qrs, app, fresh, { skipData: true, maxSize });
  await rename(fresh, file);
  return file;
}

/**
 * Reads a backup with its JSON note. Errors quote nothing of a file's content, because the path may be that of any
 * file.
 */
export async function readBackup(given: string): Promise<BackedUp> {
  const refuse = (why: string) => new InputError(`The app in ${given} cannot be taken: ${why}.`);
  if (!given.endsWith('.qvf')) throw refuse('it is not a .qvf file, which a backup writes');
  const file = await pathBelow(given);
  const note = await pathBelow(sidecarOf(given));
  const kept = await stat(file).catch(error =>
    Promise.reject(refuse(`it cannot be read (${codeOf(error)})`)),
  );
  // Reading a pipe would wait for ever.
  if (!kept.isFile()) throw refuse('it is not a file');
  const text = await noteIn(note).catch(error =>
    Promise.reject(
      refuse(`it needs ${sidecarOf(given)} beside it, which says what it is (${codeOf(error)})`),
    ),
  );
  const sidecar = sidecarSchema.safeParse(jsonIn(text));
  if (!sidecar.success) throw refuse(`${sidecarOf(given)} lacks what a backup writes about an app`);
  const { site, app, bytes, sha256, content } = sidecar.data;
  if (content === 'all') {
    throw refuse(
      'it has the sheets of single users, which everybody would see. Take the file without "-all", or import this one in ' +
        'the QMC as an app of its own',
    );
  }
  if (kept.size !== bytes) throw refuse(`it has ${kept.size} bytes, not the ${bytes} that it was kept with`);
  if ((await digestOfFile(file)) !== sha256)
    throw refuse('it is not the one that was kept: its digest differs');
  return { file, app, bytes, sha256, origin: { site, app: app.id, modified: app.modifiedDate, data: true } };
}

async function noteIn(path: string): Promise<string> {
  if (!(await stat(path)).isFile()) throw Object.assign(new Error('no file'), { code: 'no file' });
  return readText(path);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
}

async function digestOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 256 * 1024 })) hash.update(piece);
  return hash.digest('hex');
}

function sidecarOf(file: string): string {
  return file.replace(/\.qvf$/, '.json');
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(await pathBelow(folder), { recursive: true });
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `The folder ${folder} cannot be made: ${messageOf(error)}. Give a folder that this user can write.`,
    );
  }
}

/** Keeps the whole file or none: an export that breaks off is repeated, with four tries in all. */
function keepExport(
  qrs: Qrs,
  app: App,
  file: string,
  options: { skipData: boolean; maxSize: number | undefined; all?: boolean },
) {
  const ask = async () => {
    const { content } = await openExport(qrs, app, { folder: dirname(file), ...options });
    const kept = await spool(content, file);
    try {
      return await kept.whole;
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    } finally {
      await kept.close();
    }
  };
  return retry(qrs, () => true, ask);
}

/** The file of a backup, read from its beginning for each try. */
export function opener({ file, bytes }: BackedUp) {
  return async () => ({ content: createReadStream(file, { highWaterMark: 256 * 1024 }), length: bytes });
}
