import { messageOf } from '../../base/errors.ts';
import { searchApps } from '../../qrs/apps/find.ts';
import { equalsId } from '../../qrs/filter.ts';
import type { TargetRun } from './target-run.ts';

/**
 * Looks once more for the apps that the run was to replace and did not: where somebody has moved or deleted one, the
 * report must not say that users still see it. An app that the site shows, but not whole, is there.
 */
export async function noteAbsent({ target, plan, ledger, cleanUp }: TargetRun): Promise<void> {
  const untouched = ledger.places.flatMap(place =>
    place.step.do === 'replace' && (place.state === 'idle' || place.state === 'gone')
      ? [{ place, id: place.step.app.id }]
      : [],
  );
  const late = target.under(cleanUp(plan.options.rollback));
  const asked = { attempt: `look at the places of "${plan.name}"` };
  try {
    const conditions = untouched.map(({ id }) => equalsId('id', id));
    const { found, odd } = await searchApps(late, asked, conditions);
    for (const { place, id } of untouched) {
      const now = found.find(app => app.id === id);
      const hasMoved = now && plan.app === undefined && now.stream?.id !== place.stream.id;
      if (hasMoved || (!now && !odd.some(one => one.id === undefined || one.id === id))) place.absent();
    }
  } catch (error) {
    target.log.debug(messageOf(error));
  }
}
