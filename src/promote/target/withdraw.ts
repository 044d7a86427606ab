import { readApp } from '../../qrs/apps/find.ts';
import { removeApp } from '../../qrs/apps/remove.ts';
import type { Qrs } from '../../qrs/connection.ts';
import type { AppFields } from '../../qrs/entities.ts';

/**
 * Removes a published app that a run made, unless somebody else has changed it: the app is read again right before.
 * `known` is how it was last seen, `writer` who wrote to it last where that was a run. Resolves to whether it is gone.
 */
export async function withdraw(target: Qrs, known: AppFields, writer: string): Promise<boolean> {
  const now = await readApp(target, known.id);
  if (!now) return true;
  const there = now.published && now.name === known.name && now.stream?.id === known.stream?.id;
  if (!there || now.modifiedByUserName !== writer) return false;
  await removeApp(target, now);
  return true;
}

/** Withdraws one of several apps in a stream. Resolves to whether it is gone. */
export async function withdrawTwin(target: Qrs, twin: AppFields, writer: string): Promise<boolean> {
  if (!(await withdraw(target, twin, writer))) return false;
  target.log.info(`${target.site.name}: withdrew "${twin.name}" (${twin.id}), a second one in its stream.`);
  return true;
}
