import { findApps } from '../../qrs/apps/find.ts';
import type { App } from '../../qrs/entities.ts';
import { bothOf, equals, equalsId, startsWith } from '../../qrs/filter.ts';
import type { TargetPlan } from '../plan/planned.ts';
import { isWorkingCopy, workingPrefix } from '../working-copy.ts';
import type { Deed } from './ledger.ts';
import type { Placing } from './target-run.ts';

/** What one look at a target showed of everything that bringing an app there depends on. */
export interface Seen {
  /** Working copies of the source app, of whatever run. */
  copies: readonly App[];
  /** Every app that stands in one of the places, or did when this run last knew of it. */
  apps: readonly App[];
}

/** Reads all places of the plan by name and stream, and all working copies of the app, in one request. */
export async function look({ plan, target, app, ledger }: Placing): Promise<Seen> {
  const places = ledger.deeds.flatMap(({ stream }) =>
    stream.id === undefined ? [] : [bothOf(equals('name', plan.name), equalsId('stream.id', stream.id))],
  );
  const known = ledger.deeds.flatMap(({ step, app: live }) => {
    const surveyed = step.do === 'publish' ? undefined : step.app.id;
    return [surveyed, live?.id].flatMap(id => (id === undefined ? [] : [equalsId('id', id)]));
  });
  const conditions = [startsWith('name', workingPrefix(app.id)), ...places, ...known];
  const seen = await findApps(target, `look at the places of "${plan.name}"`, [...new Set(conditions)]);
  return {
    copies: seen.filter(one => isWorkingCopy(one, app.id)),
    apps: seen.filter(one => !isWorkingCopy(one, app.id)),
  };
}

/** The apps that users see under the planned name in a stream. Pure. */
export function inPlace({ apps }: Seen, { name }: TargetPlan, { stream }: Pick<Deed, 'stream'>): App[] {
  return apps.filter(app => app.published && app.name === name && app.stream?.id === stream.id);
}
