import type { App, AppFields } from '../../qrs/entities.ts';
import type { AppOutcome, TargetOutcome } from '../outcome.ts';
import type { Leftovers, Step } from '../plan/planned.ts';
import { aboutSource } from './app-facts.ts';
import { appsCalled, type Sentence, together } from './together.ts';
import {
  appNotes,
  NO_STREAM,
  placeHasWork,
  type Stage,
  sourceHasWork,
  stepWords,
  targetHasWork,
} from './words.ts';

/** A line of the log: the plan or the result for an app in one stream, on one target, or on its own site. */
interface Line extends Sentence {
  /** There is work left, so another line will give its result. */
  todo: boolean;
}

/** All lines about apps. A fact about many apps is said once. Pure. */
export function linesOf(outcomes: readonly AppOutcome[], stage: Stage): string[] {
  return joined(outcomes.flatMap(app => appLines(app, stage)));
}

/** The lines about work that is left. Pure. */
export function linesToDo(outcomes: readonly AppOutcome[], stage: Stage): string[] {
  return joined(outcomes.flatMap(app => appLines(app, stage)).filter(({ todo }) => todo));
}

/** The lines about working copies on a site. Pure. */
export function copyLines({ site, removable, held }: Leftovers): string[] {
  const what = (copy: AppFields) => `${site.name}: the working copy "${copy.name}" (${copy.id})`;
  return [
    ...removable.map(copy => `${what(copy)} is nobody's any more, and is to be removed.`),
    ...held.map(copy => `${what(copy)} may be another run's, and is left alone.`),
  ];
}

/** Lines with work come first, one for each app. Other facts about many apps are said once. */
function joined(lines: readonly Line[]): string[] {
  const todo = lines.filter(line => line.todo).map(({ app, text }) => `"${app}"${text}`);
  const others = lines.filter(line => !line.todo);
  const who = (apps: readonly string[]) => (apps.length === 1 ? `"${apps[0]}"` : appsCalled(apps));
  return [...todo, ...together(others, (apps, text) => `${who(apps)}${text}`)];
}

function appLines(app: AppOutcome, stage: Stage): Line[] {
  const { plan } = app;
  const line = (text: string, todo = false): Line => ({ app: plan.app.name, text, todo });
  // The failures or warnings give the cause.
  if (plan.verdict === 'refuse') return [line(': refused')];
  const todo = !stage.executed && (plan.verdict === 'promote' || plan.verdict === 'untag');
  const work = todo && (sourceHasWork(plan) || plan.targets.some(targetHasWork));
  const source = ` (${plan.app.id}): ${aboutSource(plan.app, stage)}`;
  return [
    ...(work ? [line(source, todo)] : []),
    ...app.targets.flatMap(target => targetLines(target, plan.app, stage, line)),
    ...appNotes(app, stage).map(text => line(`: ${text}`, todo)),
  ];
}

function targetLines(
  target: TargetOutcome,
  source: App,
  stage: Stage,
  line: (text: string, todo?: boolean) => Line,
): Line[] {
  const { plan, streams } = target;
  const where = ` → ${plan.site.name}`;
  const as = plan.name === source.name ? '' : `, as "${plan.name}"`;
  const said = plan.steps.map((step, index) => ({
    step,
    words: stepWords(step, index, target, stage),
    work: placeHasWork(plan, index),
    app: streams[index]?.app ?? (step.do === 'publish' ? undefined : step.app),
  }));
  // An app that stays as it is in fifty streams is one line; the summary and the result have the id of each.
  const alike = Map.groupBy(said, ({ words, work }) => (work ? '' : words));
  const steps = said.flatMap(one => {
    const { step, words, app, work } = one;
    const all = (work ? undefined : alike.get(words)) ?? [];
    if (all.length > 1) return all[0] === one ? [line(`${where}, ${streamsOf(all)}${as}: ${words}`)] : [];
    const place = step.stream.name === '' ? NO_STREAM : `stream "${step.stream.name}"`;
    // The words may end with a task, whose id this is not.
    const what = plan.reloadTask ? 'app ' : '';
    const text = `${where}, ${place}${as}: ${words}${app ? ` (${what}${app.id})` : ''}`;
    return [line(text, !stage.executed && work)];
  });
  const twins = plan.twins.map(({ id, stream }) => {
    const end = stage.executed ? '' : ', to be removed';
    return line(`${where}, stream "${stream?.name ?? ''}": twin of the same version${end} (${id})`);
  });
  return [...steps, ...(plan.lost === undefined ? [] : [line(`${where}: ${NOT_ASKED}`)]), ...twins];
}

/** The most streams to name in which an app is already up to date. */
const NAMED = 5;

function streamsOf(steps: readonly { step: Step }[]): string {
  const names = steps.slice(0, NAMED).map(({ step }) => `"${step.stream.name}"`);
  return `${steps.length} streams (${[...names, ...(steps.length > NAMED ? ['…'] : [])].join(', ')})`;
}

/** The line for a site that does not answer; the failures say why. */
export const NOT_ASKED = 'not done, as the site could not be read';
