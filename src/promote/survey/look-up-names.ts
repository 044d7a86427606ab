import { messageOf, RemoteError } from '../../base/errors.ts';
import { capital } from '../../base/finding.ts';
import { readAbout } from '../../qrs/about.ts';
import { readApp } from '../../qrs/apps/find.ts';
import type { Qrs } from '../../qrs/connection.ts';
import { findSite } from '../../sites/names.ts';
import type { Site } from '../../sites/site.ts';
import { planAttributes } from '../plan/attributes.ts';
import { pickStreams } from '../plan/pick-streams.ts';
import { noAppWithId } from '../plan/place.ts';
import { wantedTask } from '../reload-task/plan-reload-task.ts';
import { refuseMissing } from '../requires/refuse-missing.ts';
import type { Spec } from '../spec.ts';
import { surveyNames } from './survey-names.ts';
import { type Wish, wishesOfList } from './wish.ts';

interface Around {
  sites: readonly Site[];
  open: (site: Site) => Qrs;
}

/**
 * Finds problems with the names of a spec on its target sites: streams, users and custom properties that a site lacks,
 * and sites that do not answer. It asks all sites in parallel. A run that cannot go on calls this, so that its report
 * has everything that the sites can answer.
 */
export async function lookUpNames({ to }: Spec, { sites, open }: Around): Promise<string[]> {
  if (to.by === 'properties') {
    const site = findSite(sites, to.defaultSite ?? '');
    return site ? unlessSilent(readAbout(open(site)).then(() => [])) : [];
  }
  const asked = wishesOfList(to.targets, sites).wishes.map(wish =>
    unlessSilent(lacking(open(wish.site), wish)),
  );
  return (await Promise.all(asked)).flat();
}

async function lacking(qrs: Qrs, wish: Wish): Promise<string[]> {
  const names = await surveyNames(qrs, [wish]);
  const { refusals } = planAttributes(wish.options, names, wish.site.name);
  const { app, site } = wish;
  const isMissing = app !== undefined && !(await readApp(qrs, app));
  const missing = isMissing ? [`site "${site.name}" ${noAppWithId(app, site.user)}`] : [];
  const { reloadTask } = wish.options;
  const required = [
    ...refuseMissing(wish, names.required),
    ...(reloadTask ? wantedTask(reloadTask, names, site).refusals : []),
  ];
  return [...missing, ...pickStreams(wish, names).refusals, ...refusals, ...required].map(capital);
}

async function unlessSilent(asked: Promise<string[]>): Promise<string[]> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RemoteError) return [messageOf(error)];
    throw error;
  }
}
