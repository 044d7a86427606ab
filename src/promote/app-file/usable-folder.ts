import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { pathBelow } from './path-below.ts';

/**
 * Why files cannot be kept in a folder, which may not exist yet; undefined where they can, as far as the folder or its
 * nearest parent shows. Makes nothing.
 */
export async function whyUnusable(path: string): Promise<string | undefined> {
  try {
    const folder = await nearestThere(await pathBelow(path));
    if (!(await stat(folder)).isDirectory()) return `${folder} is no folder`;
    await access(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function nearestThere(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    const above = dirname(path);
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (above === path || (code !== 'ENOENT' && code !== 'ENOTDIR')) throw error;
    return nearestThere(above);
  }
}
