import { RemoteError } from '../../base/errors.ts';
import { copyApp } from '../../qrs/apps/copy.ts';
import { findObjects } from '../../qrs/apps/objects.ts';
import { uploadApp } from '../../qrs/apps/upload.ts';
import type { App } from '../../qrs/entities.ts';
import { showsScript } from '../version.ts';
import { made, type Placing } from './target-run.ts';

/** Makes the working copy: of the file, or within one site of the source app itself. */
export async function makeWorkingCopy(placing: Placing): Promise<App> {
  const { target, app, plan } = placing;
  const copy = await (plan.make === 'copy' ? copyOnSite(placing) : upload(placing));
  const how = plan.make === 'copy' ? 'copied' : 'uploaded';
  target.log.info(`${target.site.name}: ${how} "${app.name}" as a working copy (${copy.id}).`);
  return copy;
}

function upload(placing: Placing): Promise<App> {
  const { target, plan, app, transfer } = placing;
  const options = {
    app: app.name,
    keepData: plan.options.data !== 'drop',
    excludeConnections: plan.options.connections === 'drop',
  };
  return made(placing, 1, (name, lost) => uploadApp(target, name, transfer.open, { ...options, lost }));
}

/** Without the right to read a script, QRS copies an app without it (docs/qrs.md 4.5): users would miss it. */
async function copyOnSite(placing: Placing): Promise<App> {
  const { target, app } = placing;
  const copy = await made(placing, 1, (name, lost) => copyApp(target, app, name, lost));
  const objects = await findObjects(target, [app.id, copy.id]);
  const shows = ({ id }: App) => showsScript(objects.get(id) ?? []);
  if (shows(app) && !shows(copy)) throw scriptless(placing, copy);
  return copy;
}

function scriptless({ target, app }: Placing, copy: App): RemoteError {
  return new RemoteError({
    site: target.site.name,
    attempt: `copy app "${app.name}" with its script`,
    answer: `the copy ${copy.id} shows none`,
    hint: `May ${target.site.user} read the script of this app?`,
    mayBeDone: true,
    final: true,
  });
}
