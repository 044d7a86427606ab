import assert from 'node:assert/strict';
import { join } from 'node:path';
import { filesIn, type Scene } from './scene.ts';

export const quoted = (path: string) => JSON.stringify(path);

export const backup = ({ folder }: Scene, streams = 'Everyone, Review') =>
  `from: dev\nto: [{ site: test, streams: [${streams}] }]\nbackup: ${quoted(folder)}`;

/** Promotes with a backup and gives the file. */
export async function kept(set: Scene): Promise<string> {
  assert.equal((await set.run(backup(set, 'Everyone'))).outcome, 'promoted');
  return join(set.folder, filesIn(set.folder).find(name => name.endsWith('.qvf')) ?? '');
}
