import { statfs } from 'node:fs/promises';

/** Bytes that a file of ours leaves free on the disk for other programs. */
const SPARED = 1024 ** 3;

/** How many bytes a file in this folder may have when its size is not known in advance. */
export async function roomIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.max(bavail * bsize - SPARED, 0);
}
