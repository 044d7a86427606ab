import { findApps } from '../../qrs/apps/find.ts';
import type { App } from '../../qrs/entities.ts';
import { bothOf, equals, equalsId, startsWith } from '../../qrs/filter.ts';
import { isWorkingCopy, sourceInName, workingPrefix } from '../working-copy.ts';
import type { Place } from './ledger.ts';
import type { TargetRun } from './target-run.ts';

/** One reading of everything on a target that affects the promotion of an app. */
export interface PlacesReading {
  /** Working copies of the source app, by any run. */
  copies: readonly App[];
  /** Every app in one of the places, now or at this run's last reading. */
  apps: readonly App[];
}

/** Reads all places of the plan by name and stream, and all working copies of the app, in one request. */
export async function readPlaces({ plan, target, app, ledger }: TargetRun): Promise<PlacesReading> {
  const places = ledger.places.flatMap(({ stream }) =>
    stream.id === undefined || plan.app !== undefined
      ? []
      : [bothOf(equals('name', plan.name), equalsId('stream.id', stream.id))],
  );
  const known = ledger.places.flatMap(({ step, app: live }) => {
    const surveyed = step.do === 'publish' ? undefined : step.app.id;
    return [surveyed, live?.id].flatMap(id => (id === undefined ? [] : [equalsId('id', id)]));
  });
  const conditions = [startsWith('name', workingPrefix(app.id)), ...places, ...known];
  const found = await findApps(target, `look at the places of "${plan.name}"`, [...new Set(conditions)]);
  return {
    copies: found.filter(one => isWorkingCopy(one, app.id)),
    apps: found.filter(one => !isWorkingCopy(one, app.id)),
  };
}

/**
 * The apps in the stream of a place that have the planned name, or should have it (`liveByName`); or the app that the
 * target names by its id. Pure.
 */
export function appsIn(
  { stream }: Place,
  { apps }: PlacesReading,
  { plan, app: { id } }: Pick<TargetRun, 'plan' | 'app'>,
): App[] {
  if (plan.app !== undefined) return apps.filter(app => app.id === plan.app);
  const isCalled = (name: string) => name === plan.name || sourceInName(name) === id;
  return apps.filter(app => app.published && isCalled(app.name) && app.stream?.id === stream.id);
}
