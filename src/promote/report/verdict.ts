import { capital } from '../../base/finding.ts';
import { count, formatDuration } from '../../base/units.ts';
import { type AppOutcome, failed, hasNewVersion, type TargetOutcome, wentLive } from '../outcome.ts';
import type { AppPlan, Plan, Step, TargetPlan } from '../plan/planned.ts';
import type { TaskStep } from '../reload-task/planned-task.ts';
import { isWork, listed, sourceHasWork, targetHasWork } from './words.ts';

const AGAIN = 'Remove the cause and run it again: the next run does only what is missing.';

/** The result in one sentence: how many apps, to which sites, in what time, and what failed. Pure. */
export function verdictOf(
  plan: Plan,
  outcomes: readonly AppOutcome[],
  { executed, heldBack, took }: { executed: boolean; heldBack: boolean; took: number },
): string {
  if (heldBack) return heldBackVerdict(plan);
  return executed ? doneVerdict(outcomes, took) : planVerdict(plan, outcomes);
}

function heldBackVerdict({ refusals, apps }: Plan): string {
  const refused = apps.filter(({ verdict }) => verdict === 'refuse').length;
  const why = [
    ...(refused > 0 ? [`${refused} of ${count(apps.length, 'app')} refused`] : []),
    ...(refusals.length > 0 ? [`${count(refusals.length, 'wanted app')} not found`] : []),
  ];
  return `Nothing was changed on any site: ${why.join(', ')}.`;
}

function doneVerdict(outcomes: readonly AppOutcome[], took: number): string {
  const asked = outcomes.filter(({ plan }) => plan.verdict === 'promote' || plan.verdict === 'refuse');
  const broken = asked.filter(app => failed(app) || app.plan.verdict === 'refuse');
  const well = asked.filter(app => !broken.includes(app));
  const off = well.filter(({ skipped }) => skipped !== undefined);
  const promoted = well.filter(({ targets }) => targets.some(hasNewVersion));
  const amended = well.filter(app => !promoted.includes(app) && app.targets.some(wentLive));
  const there = well.filter(app => ![...off, ...promoted, ...amended].includes(app));
  const untagged = outcomes.filter(({ tag }) => tag === 'removed');
  const lost = outcomes.filter(app => app.plan.verdict === 'untag' && failed(app));
  const rest = [
    ...(amended.length > 0
      ? [`${count(amended.length, 'app')} brought up to date on ${sitesOf(amended, wentLive)}`]
      : []),
    ...(there.length > 0 ? [`${count(there.length, 'app')} ${areThere(there)}`] : []),
    ...(off.length > 0 ? [`${count(off.length, 'app')} no longer asked for`] : []),
    ...(untagged.length > 0 ? [`tag removed from ${count(untagged.length, 'app')}`] : []),
    ...(broken.length + lost.length > 0 ? [failures([...broken, ...lost])] : []),
  ];
  const live = promoted.length + broken.length > 0;
  const to = sitesOf(promoted, hasNewVersion);
  const head = `${promoted.length} of ${count(asked.length, 'app')} promoted${to === '' ? '' : ` to ${to}`}`;
  const none =
    rest.length === 0 && !live ? [`${count(outcomes.length, 'app')} looked at, none to promote`] : [];
  const parts = [...(live ? [`${head} in ${formatDuration(took)}`] : none), ...rest];
  return `${capital(parts.join('; '))}.${broken.length > 0 ? ` ${AGAIN}` : ''}`;
}

function areThere(apps: readonly AppOutcome[]): string {
  const to = sitesOf(apps, () => true);
  return `${apps.length === 1 ? 'was' : 'were'} on ${to} already`;
}

function planVerdict({ leftovers }: Plan, outcomes: readonly AppOutcome[]): string {
  const plans = outcomes.map(({ plan }) => plan);
  const asked = plans.filter(({ verdict }) => verdict === 'promote');
  const reached = asked.filter(({ targets }) => targets.some(targetHasWork));
  const going = reached.filter(({ targets }) => targets.some(hasVersionToBring));
  const amended = reached.filter(plan => !going.includes(plan));
  const atHome = asked.filter(plan => !reached.includes(plan) && sourceHasWork(plan));
  const lost = asked.filter(({ targets }) => targets.some(target => target.lost !== undefined));
  const kept = asked.filter(plan => ![...reached, ...atHome, ...lost].includes(plan));
  const untagged = plans.filter(({ verdict }) => verdict === 'untag');
  const refused = plans.filter(({ verdict }) => verdict === 'refuse');
  const idle = [...kept, ...plans.filter(({ verdict }) => verdict === 'skip')];
  const copies = leftovers.flatMap(({ removable }) => removable).length;
  const clauses: [readonly AppPlan[], string][] = [
    [going, `to promote to ${sitesIn(going)}: ${workOf(going)}`],
    [amended, `to change on ${sitesIn(amended)}: ${workOf(amended)}`],
    [atHome, 'to change on the source site alone'],
    [untagged, 'to lose the tag'],
    [lost, `not to reach ${lostSites(lost)}, which could not be read`],
    [refused, 'refused'],
    [idle, idle.length === 1 ? 'stays as it is' : 'stay as they are'],
  ];
  const said = [
    ...clauses.flatMap(([apps, text]) => (apps.length > 0 ? [`${count(apps.length, 'app')} ${text}`] : [])),
    ...(copies > 0 ? [`abandoned working copies to remove: ${copies}`] : []),
  ];
  return `${said.length > 0 ? said.join('; ') : 'No app was found'}.`;
}

/** `5 replaced, 13 published`. */
function workOf(plans: readonly AppPlan[]): string {
  const targets = plans.flatMap(plan => plan.targets);
  const steps = targets.flatMap(target => target.steps);
  const kinds: [number, string][] = [
    [steps.filter(step => step.do === 'replace').length, 'replaced'],
    [steps.filter(step => step.do === 'publish').length, 'published'],
    [steps.filter(isAmended).length, 'brought up to date'],
    [targets.flatMap(({ twins }) => twins).length, 'withdrawn as a twin'],
    ...tasksOf(targets, 'make', 'made'),
    ...tasksOf(targets, 'update', 'brought up to date'),
  ];
  return kinds.flatMap(([number, text]) => (number > 0 ? [`${number} ${text}`] : [])).join(', ');
}

function tasksOf(targets: readonly TargetPlan[], does: TaskStep['do'], text: string): [number, string][] {
  const tasks = targets.flatMap(({ reloadTask }) => reloadTask?.steps ?? []);
  const number = tasks.filter(step => step.do === does).length;
  return [[number, `reload task${number === 1 ? '' : 's'} ${text}`]];
}

/** Whether users are to see another version, or newly loaded data. */
function hasVersionToBring({ steps }: TargetPlan): boolean {
  return steps.some(step => step.do !== 'keep' || step.reload);
}

function isAmended(step: Step): boolean {
  return step.do === 'keep' && isWork(step);
}

/** The first few failed apps by name, with the sites on which they failed. */
function failures(broken: readonly AppOutcome[]): string {
  const few = broken.slice(0, 3).map(({ plan, targets }) => {
    const sites = targets.filter(({ failure }) => failure !== undefined).map(target => target.plan.site.name);
    if (plan.verdict === 'refuse') return `${plan.app.name} was refused`;
    return `${plan.app.name} failed${sites.length > 0 ? ` on ${listed(sites)}` : ''}`;
  });
  const more = broken.length - few.length;
  return [...few, ...(more > 0 ? [`${more} more failed`] : [])].join(', ');
}

function sitesOf(outcomes: readonly AppOutcome[], where: (target: TargetOutcome) => boolean) {
  return listedOnce(
    outcomes.flatMap(({ targets }) => targets.filter(where).map(({ plan }) => plan.site.name)),
  );
}

function sitesIn(plans: readonly AppPlan[]): string {
  return listedOnce(
    plans.flatMap(({ targets }) => targets.filter(targetHasWork).map(({ site }) => site.name)),
  );
}

function lostSites(plans: readonly AppPlan[]): string {
  const lost = plans.flatMap(({ targets }) => targets.filter(target => target.lost !== undefined));
  return listedOnce(lost.map(({ site }) => site.name));
}

function listedOnce(names: readonly string[]): string {
  return listed([...new Set(names)]);
}
