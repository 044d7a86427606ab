import { full } from '../shown/render.ts';
import { replaceObjects } from '../site/app-objects.ts';
import type { Content } from '../site/content.ts';
import { contentSize, describedAs, dropData, lastReload, partsIn, withDataOf } from '../site/content.ts';
import type { App } from '../site/entities.ts';
import type { Answer } from './answers.ts';
import { json, Refusal } from './answers.ts';
import { counted, imported, limitUploads, refuseWhileReloading } from './apps.ts';
import type { Call } from './call.ts';
import { flag, found, readGuid } from './call.ts';
import { receive } from './receive-upload.ts';
import { change } from './update.ts';
import { uploadedFile } from './uploaded-file.ts';

/** Milliseconds between the steps, where users see several. */
const BETWEEN = 20;

/** Replaces an app by a file; with `keepdata=false` the file's data are dropped (docs/qrs.md 4.10). */
export async function replaceByUpload(call: Call): Promise<Answer> {
  const { site, query, request, counters } = call;
  if (site.switches.uploadReplace === 'unknown') throw new Refusal(404, 'No matching endpoint found');
  const id = readGuid(query.get('targetappid'), 'targetappid');
  const target = found(site.apps.get(id));
  const keepData = flag(call, 'keepdata', true);
  const file = uploadedFile(request);
  limitUploads(site);
  const received = await receive(counted(file, counters), site.newFile());
  if (!received) throw new Refusal(400, 'The file is empty');
  await call.begin();
  await imported(site);
  found(site.apps.get(id));
  refuseWhileReloading(site, target);
  const { uploadReplaceData, uploadReplaceSteps } = site.switches;
  const kept = uploadReplaceData === 'kept' ? withDataOf(received, target.content) : dropData(received);
  const replaced = target.content;
  if (!keepData && uploadReplaceSteps === 'several') {
    put(call, target, dropData(received), received);
    await new Promise<void>(resolve => site.later(BETWEEN, resolve));
  }
  put(call, target, keepData ? received : kept, received);
  site.release(replaced);
  return json(201, full(target));
}

function put({ site, user }: Call, target: App, content: Content, file: Content) {
  const { switches } = site;
  const time = switches.uploadReplaceTime === 'source' ? lastReload(file) : target.lastReloadTime;
  target.content = content;
  replaceObjects(site, target, partsIn(file));
  const fields = {
    ...(switches.replaceName === 'source' && file.kind === 'made' ? { name: file.recipe.name } : {}),
    ...(switches.replaceDescription === 'source' ? { description: describedAs(file) } : {}),
    ...(switches.replaceTags === 'source' ? { tags: [] } : {}),
    ...(switches.replaceProperties === 'source' ? { customProperties: [] } : {}),
    ...(switches.replaceOwner === 'source' ? { owner: user } : {}),
  };
  change(site, target, { fileSize: contentSize(content), lastReloadTime: time, ...fields }, user);
}
