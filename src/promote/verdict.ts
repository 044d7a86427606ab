import type { Outcome } from '../base/report.ts';
import { formatDuration } from '../base/units.ts';
import { type AppOutcome, failed } from './outcome.ts';
import { isWork } from './words.ts';

const AGAIN =
  'Where something was not done, users still see what was there before. Run it again once the cause is gone: ' +
  'what is done is not done again.';

/** What came of all of it in one sentence: how many apps, to which sites, in how long, and what failed. Pure. */
export function verdictOf(
  outcome: Outcome,
  outcomes: readonly AppOutcome[],
  { executed, took }: { executed: boolean; took: number },
): string {
  const asked = outcomes.filter(({ plan }) => plan.verdict === 'promote' || plan.verdict === 'refuse');
  if (asked.length === 0) return `${apps(outcomes.length)} looked at: none is to be promoted.`;
  if (!executed) return planVerdict(outcome, asked);
  const broken = asked.filter(app => failed(app) || app.plan.verdict === 'refuse');
  const well = asked.filter(app => !broken.includes(app) && app.skipped === undefined);
  const sites = sitesOf(well.length > 0 ? well : asked);
  const how = `${well.length} of ${apps(asked.length)} ${outcome === 'nothing-to-do' ? 'were there already on' : 'promoted to'}`;
  if (broken.length === 0) return `${how} ${sites} in ${formatDuration(took)}.`;
  return `${how} ${sites} in ${formatDuration(took)}; ${failures(broken)}. ${AGAIN}`;
}

function planVerdict(outcome: Outcome, asked: readonly AppOutcome[]): string {
  const refused = asked.filter(({ plan }) => plan.verdict === 'refuse');
  const rest = asked.filter(({ plan }) => plan.verdict === 'promote');
  const steps = rest.flatMap(({ plan }) => plan.targets.flatMap(target => target.steps));
  const count = (kind: string) => steps.filter(step => step.do === kind).length;
  const work = rest.filter(({ plan }) => plan.targets.some(target => target.steps.some(isWork)));
  const [replaced, published] = [count('replace'), count('publish')];
  const what = [
    ...(replaced > 0 ? [`${replaced} ${replaced === 1 ? 'place' : 'places'} replaced`] : []),
    ...(published > 0 ? [`${published} published`] : []),
  ].join(', ');
  const no = refused.length > 0 ? ` ${apps(refused.length)} refused.` : '';
  if (work.length === 0) return `${apps(rest.length)} would stay as they are.${no}`;
  const changed = outcome === 'failed' ? '' : ' Nothing was changed.';
  return `${apps(work.length)} would be promoted to ${sitesOf(work)}: ${what}.${no}${changed}`;
}

/** The first few failed apps by name, with the sites on which they failed. */
function failures(broken: readonly AppOutcome[]): string {
  const few = broken.slice(0, 3).map(({ plan, targets }) => {
    const sites = targets.filter(({ failure }) => failure !== undefined).map(target => target.plan.site.name);
    if (plan.verdict === 'refuse') return `${plan.app.name} was refused`;
    return `${plan.app.name} failed${sites.length > 0 ? ` on ${joined(sites)}` : ''}`;
  });
  const more = broken.length - few.length;
  return [...few, ...(more > 0 ? [`${more} more failed`] : [])].join(', ');
}

function sitesOf(outcomes: readonly AppOutcome[]): string {
  return joined([...new Set(outcomes.flatMap(({ plan }) => plan.targets.map(({ site }) => site.name)))]);
}

function apps(count: number): string {
  return count === 1 ? '1 app' : `${count} apps`;
}

function joined(names: readonly string[]): string {
  return names.length <= 1 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
