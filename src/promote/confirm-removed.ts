import { messageOf } from '../base/errors.ts';
import { findApps } from '../qrs/apps/find.ts';
import { deleteApp } from '../qrs/apps/remove.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { startsWith } from '../qrs/filter.ts';
import type { AppOutcome, TargetOutcome } from './outcome.ts';
import type { RunContext } from './run-context.ts';
import { BARE_PREFIX, isWorkingCopy, readWorkingName } from './working-copy.ts';

/** A working copy that stayed, and the site that has it. */
interface Stayed {
  site: string;
  copy: App;
  certain: boolean;
}

/**
 * Looks once more for this run's working copies, in one request for each site: a site may keep one that it said it had
 * deleted. Removes it, or names it in the outcome of its target.
 */
export async function confirmRemoved(
  outcomes: readonly AppOutcome[],
  { open, run, cleanUp }: RunContext,
): Promise<AppOutcome[]> {
  const targets = outcomes.flatMap(one => one.targets);
  const sites = new Set(targets.filter(madeCopy).map(({ plan }) => plan.site));
  const named = new Set(targets.flatMap(({ left }) => left.map(({ name }) => name)));
  const looks = [...sites].map(site => removeAgain(open(site).under(cleanUp(false)), run, named));
  const stayed = (await Promise.all(looks)).flat();
  return stayed.length === 0 ? [...outcomes] : outcomes.map(one => withCopies(one, stayed));
}

function madeCopy({ plan }: TargetOutcome): boolean {
  return plan.lost === undefined && plan.steps.some(step => step.do !== 'keep');
}

/** `named`: the names of copies that the report has already. */
async function removeAgain(target: Qrs, run: string, named: ReadonlySet<string>): Promise<Stayed[]> {
  const stayed: Stayed[] = [];
  try {
    const found = await findApps(target, 'look for working copies', [startsWith('name', BARE_PREFIX)]);
    for (const copy of found) {
      const isOwn = !copy.published && readWorkingName(copy.name)?.run === run;
      if (!isOwn || named.has(copy.name)) continue;
      const { error, mayBeDone } = await deleteApp(target, copy);
      if (error === undefined) continue;
      target.log.warning(messageOf(error));
      stayed.push({ site: target.site.name, copy, certain: !mayBeDone });
    }
  } catch (error) {
    target.log.debug(messageOf(error));
  }
  return stayed;
}

/** Names copies at the first target of the app on their site. */
function withCopies(outcome: AppOutcome, stayed: readonly Stayed[]): AppOutcome {
  const sites = outcome.targets.map(({ plan }) => plan.site.name);
  const targets = outcome.targets.map((target, index) => {
    const own = stayed.filter(
      ({ site, copy }) => sites.indexOf(site) === index && isWorkingCopy(copy, outcome.plan.app.id),
    );
    const left = own.map(({ copy: { id, name }, certain }) => ({ id, name, certain }));
    return { ...target, left: [...target.left, ...left] };
  });
  return { ...outcome, targets };
}
