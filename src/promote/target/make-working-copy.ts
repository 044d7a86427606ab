import { RemoteError } from '../../base/errors.ts';
import { copyApp } from '../../qrs/apps/copy.ts';
import { findObjects } from '../../qrs/apps/objects.ts';
import { uploadApp } from '../../qrs/apps/upload.ts';
import type { App } from '../../qrs/entities.ts';
import { bringsData } from '../options.ts';
import { showsScript } from '../version.ts';
import { makeCopy, type TargetRun } from './target-run.ts';

/** Makes the working copy: from the file, or within one site from the source app itself. */
export async function makeWorkingCopy(run: TargetRun): Promise<App> {
  const { target, app, plan } = run;
  const copy = await (plan.make === 'copy' ? copyOnSite(run) : upload(run));
  const how = plan.make === 'copy' ? 'copied' : 'uploaded';
  target.log.info(`${target.site.name}: ${how} "${app.name}" as a working copy (${copy.id}).`);
  return copy;
}

function upload(run: TargetRun): Promise<App> {
  const { target, plan, app, transfer } = run;
  const options = {
    app: app.name,
    keepData: bringsData(plan.options),
    excludeConnections: plan.options.connections === 'drop',
  };
  return makeCopy(run, 1, (name, lost) => uploadApp(target, name, transfer.open, { ...options, lost }));
}

/** QRS copies an app without its script for a user who may not read that script (docs/qrs.md 4.5). */
async function copyOnSite(run: TargetRun): Promise<App> {
  const { target, app } = run;
  const copy = await makeCopy(run, 1, (name, lost) =>
    copyApp(target, app, { name, properties: 'dropped', lost }),
  );
  const objects = await findObjects(target, [app.id, copy.id]);
  const shows = ({ id }: App) => showsScript(objects.get(id) ?? []);
  if (!shows(app) || shows(copy)) return copy;
  throw new RemoteError({
    site: target.site.name,
    attempt: `copy app "${app.name}" with its script`,
    answer: `the copy ${copy.id} shows none`,
    failed: true,
    hint: `May ${target.site.user} read the script of this app?`,
    mayBeDone: true,
    final: true,
  });
}
