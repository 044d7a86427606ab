import type { FileHandle } from 'node:fs/promises';
import { open, rm } from 'node:fs/promises';
import type { Content } from '../site/content.ts';
import { madeBytes } from '../site/content.ts';
import { noDate } from '../site/entities.ts';
import type { Made, Recipe } from '../site/made-content.ts';
import { make, readRecipe } from '../site/made-content.ts';

const scratch = () => Buffer.allocUnsafeSlow(64 * 1024);

/** Whether a recipe makes these bytes at this offset. */
function makes(made: Made, offset: number, chunk: Buffer, buffer: Buffer): boolean {
  if (offset + chunk.length > made.length) return false;
  for (let done = 0; done < chunk.length; done += buffer.length) {
    const expected = buffer.subarray(0, Math.min(buffer.length, chunk.length - done));
    made.fill(expected, offset + done);
    if (!expected.equals(chunk.subarray(done, done + expected.length))) return false;
  }
  return true;
}

/**
 * Receives an upload. While its bytes match the recipe in its first line, it keeps only that line; from
 * the first differing byte on, it keeps everything in a file, so that a damaged upload stays damaged.
 */
function receiver(path: string) {
  const buffer = scratch();
  let start = Buffer.alloc(0);
  let recipe: Recipe | undefined;
  let made: Made | undefined;
  let offset = 0;
  let file: FileHandle | undefined;

  async function spill(chunk: Buffer) {
    file = await open(path, 'w');
    if (recipe) for (const piece of madeBytes(recipe, offset)) await file.writeFile(piece);
    await append(file, chunk);
  }

  async function append(to: FileHandle, chunk: Buffer) {
    await to.writeFile(chunk);
    offset += chunk.length;
  }

  async function take(chunk: Buffer) {
    if (file) return append(file, chunk);
    if (made) return compare(made, chunk);
    start = Buffer.concat([start, chunk]);
    const read = readRecipe(start);
    if (read === 'incomplete') return;
    if (read === 'foreign') return spill(start);
    recipe = read;
    made = make(read);
    return compare(made, start);
  }

  async function compare(expected: Made, chunk: Buffer) {
    if (!makes(expected, offset, chunk, buffer)) return spill(chunk);
    offset += chunk.length;
  }

  async function finish(): Promise<Content | undefined> {
    if (recipe && !file && offset === made?.length) return { kind: 'made', recipe };
    if (!file) await spill(recipe ? Buffer.alloc(0) : start);
    await file?.close();
    if (offset === 0) return discard();
    const { lastReloadTime = noDate, description = '', parts = [], withData = true } = recipe ?? {};
    return { kind: 'file', path, size: offset, lastReloadTime, description, parts, withData };
  }

  async function discard(): Promise<undefined> {
    await file?.close();
    await rm(path, { force: true });
  }

  return { take, finish, discard };
}

/**
 * The content of an upload; undefined if it is empty. If the bytes break off, it throws and leaves no file
 * behind. `path` is the path for such a file.
 */
export async function receive(bytes: AsyncIterable<Buffer>, path: string): Promise<Content | undefined> {
  const upload = receiver(path);
  try {
    for await (const chunk of bytes) await upload.take(chunk);
  } catch (cause) {
    await upload.discard();
    throw cause;
  }
  return upload.finish();
}
