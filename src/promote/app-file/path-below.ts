import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { InputError } from '../../base/errors.ts';

/**
 * A path as a spec writes it: absolute, or relative to the folder in which the run works (on a runner, the workspace).
 * A relative path must stay below that folder: neither `..` nor a symbolic link may lead out of it. Throws InputError.
 */
export async function pathBelow(path: string, folder = process.cwd()): Promise<string> {
  if (isAbsolute(path)) return path;
  const whole = resolve(folder, path);
  const place = await realpath(folder);
  if (isOut(relative(folder, whole)) || isOut(relative(place, await realpathOfExisting(whole)))) {
    throw new InputError(`The path ${path} leads out of ${folder}. Give an absolute path if that is meant.`);
  }
  return whole;
}

function isOut(way: string): boolean {
  return way === '..' || way.startsWith('../') || way.startsWith('..\\') || isAbsolute(way);
}

/** The nearest parent folder that exists. */
async function realpathOfExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : realpathOfExisting(above);
  }
}
