import { statfs } from 'node:fs/promises';

/** What a file leaves free on a disk for everybody else, bytes. */
const SPARED = 1024 ** 3;

/** How many bytes a file in this folder may have when nobody tells its size. */
export async function roomIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.max(bavail * bsize - SPARED, 0);
}
