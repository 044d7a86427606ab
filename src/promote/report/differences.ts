import type { AppOutcome } from '../outcome.ts';
import { type Sentence, together } from './together.ts';
import { changesDetails } from './what-changes-words.ts';
import { NO_STREAM } from './words.ts';

/** For each app that a dry run would replace: which of its objects differ from what is live. Pure. */
export function differencesOf(outcomes: readonly AppOutcome[]): string[] {
  const said = outcomes
    .filter(({ plan }) => plan.verdict === 'promote')
    .flatMap(({ plan }) =>
      plan.targets.flatMap(({ site, name, steps }) =>
        steps.flatMap((step): Sentence[] => {
          if (step.do !== 'replace' || !step.changes) return [];
          const details = changesDetails(step.changes);
          const place = step.stream.name === '' ? NO_STREAM : `"${step.stream.name}"`;
          const as = name === plan.app.name ? '' : `, as "${name}"`;
          const what = details.join('; ') || 'nothing differs';
          return [{ app: plan.app.name, text: `on ${site.name}, ${place}${as}: ${what}` }];
        }),
      ),
    );
  return together(said);
}
