import type { AppOutcome } from '../outcome.ts';
import type { TargetPlan } from '../plan/planned.ts';
import { appsCalled, together } from './together.ts';
import { hasTaskWork, manner } from './words.ts';

/**
 * Sentences about how apps reach a target, each said once for all the apps to which it applies, so that rows and lines
 * only say where. Pure.
 */
export function remarksOf(outcomes: readonly AppOutcome[]): string[] {
  const promoted = outcomes.filter(({ plan }) => plan.verdict === 'promote');
  const going = (target: TargetPlan) =>
    promoted.filter(({ plan }) => plan.targets.some(({ site }) => site === target.site)).length;
  const said = promoted.flatMap(({ plan }) => {
    const reached = plan.targets.flatMap(target => {
      const how = target.steps.some(step => step.do !== 'keep') || hasTaskWork(target) ? manner(target) : [];
      return how.length === 0
        ? []
        : [{ app: plan.app.name, target, text: `${target.site.name}: ${how.join(', ')}` }];
    });
    // Several targets of one app on a site, each an app by its id, may be reached in the same manner.
    return [...new Map(reached.map(one => [one.text, one])).values()];
  });
  const all = new Map(said.map(({ target, text }) => [text, going(target)]));
  return together(
    said,
    (apps, text) => `On ${text}${apps.length === all.get(text) ? '' : ` (${appsCalled(apps)})`}.`,
  );
}

/** Sentences about missing streams that are left out, each said once for all their apps. Pure. */
export function missingStreams(outcomes: readonly AppOutcome[]): string[] {
  const missing = outcomes.flatMap(({ plan }) =>
    plan.targets.filter(leavesOut).flatMap(target =>
      target.missing.map(stream => ({
        app: plan.app.name,
        text: `Site "${target.site.name}" has no stream "${stream}"`,
      })),
    ),
  );
  return together(missing, (apps, text) => `${text}: left out for ${appsCalled(apps)}.`);
}

/** Where no stream remains, or none may be left out, the refusal names the missing ones instead. */
function leavesOut({ steps, options }: TargetPlan): boolean {
  return steps.length > 0 && options.missingStream === 'skip';
}
