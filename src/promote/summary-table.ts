import type { Cell, Line, Table } from '../base/report.ts';
import { formatBytes, formatDuration } from '../base/units.ts';
import type { Site } from '../sites/sites.ts';
import { appPage } from './hub.ts';
import type { AppOutcome, StreamOutcome, TargetOutcome } from './outcome.ts';
import type { Step } from './plan/planned.ts';
import { aboutSource, appNotes, isWork, type Stage, stepWords } from './words.ts';

/**
 * The table of the summary: a row for each app, a column for each target site, one for the app's own site. Apps of
 * which nothing changes are in a folded part. Pure.
 */
export function summaryTable(outcomes: readonly AppOutcome[], from: Site, stage: Stage): Table {
  const sites = [...new Set(outcomes.flatMap(({ targets }) => targets.map(({ plan }) => plan.site)))];
  const rowOf = (app: AppOutcome): Cell[] => [
    appCell(app, stage),
    ...sites.map(site => siteCell(app, site, stage)),
    appNotes(app, stage).map((text): Line => [{ text }]),
  ];
  const idle = outcomes.filter(isIdle);
  const busy = outcomes.filter(app => !isIdle(app));
  return {
    head: ['App', ...sites.map(({ name }) => name), `on ${from.name}`],
    rows: busy.map(rowOf),
    ...(idle.length === 0 ? {} : { folded: { title: idleTitle(idle.length), rows: idle.map(rowOf) } }),
  };
}

function idleTitle(count: number): string {
  return count === 1 ? '1 app stays as it is' : `${count} apps stay as they are`;
}

/** Whether nothing was, or would be, done to the app anywhere. */
function isIdle({ plan, targets, failure, tag, done }: AppOutcome): boolean {
  if (plan.verdict === 'skip') return true;
  const wants = plan.done.tag !== undefined || plan.done.properties.length > 0 || plan.done.unpublish;
  if (plan.verdict !== 'promote' || failure !== undefined || wants || tag !== 'none' || done.length > 0)
    return false;
  return (
    plan.archive === undefined &&
    targets.every(target => target.failure === undefined && !target.plan.steps.some(isWork))
  );
}

function appCell({ plan: { app, verdict } }: AppOutcome, stage: Stage): Line[] {
  const name: Line = [{ text: app.name, title: app.id }];
  return stage.executed || verdict !== 'promote' ? [name] : [name, [{ text: aboutSource(app, stage.at) }]];
}

/** What became of the app on a site: a line for each thing, with the streams that it holds for. */
function siteCell(app: AppOutcome, site: Site, stage: Stage): Line[] {
  const target = app.targets.find(({ plan }) => plan.site === site);
  if (!target || app.plan.verdict === 'refuse') return [];
  const { plan } = target;
  const name = plan.name === app.plan.app.name ? [] : [`called "${plan.name}" there`];
  const byWords = new Map<string, Line>();
  for (const [index, step] of plan.steps.entries()) {
    const outcome = target.streams[index];
    const words =
      stage.executed && target.skipped !== undefined
        ? `skipped: ${target.skipped}`
        : stepWords(step, plan, outcome, stage);
    byWords.set(words, [...(byWords.get(words) ?? []), streamSpan(step, outcome, site)]);
  }
  const steps = [...byWords].map(([words, streams]): Line => [...listed(streams), { text: `: ${words}` }]);
  const missing = plan.missing.length === 0 ? [] : [`${plan.missing.join(', ')}: left out, no such stream`];
  const lost = plan.lost === undefined ? [] : [`not done: ${plan.lost}`];
  return [
    ...steps,
    ...[...lost, ...missing, ...name, ...took(app, target, stage)].map((text): Line => [{ text }]),
  ];
}

function streamSpan(step: Step, outcome: StreamOutcome | undefined, site: Site): Line[number] {
  const id = outcome?.app?.id ?? (step.do === 'publish' ? undefined : step.app.id);
  const url = id === undefined ? undefined : appPage(site, id);
  return {
    text: step.stream.name,
    ...(id === undefined ? {} : { title: id }),
    ...(url === undefined ? {} : { url }),
  };
}

function listed(spans: Line): Line {
  return spans.flatMap((span, index) => (index === 0 ? [span] : [{ text: ', ' }, span]));
}

function took({ file }: AppOutcome, { streams, took: ms }: TargetOutcome, { executed }: Stage): string[] {
  const moved = streams.some(({ did }) => did === 'replaced' || did === 'published');
  if (!executed || !moved) return [];
  return [file === undefined ? formatDuration(ms) : `${formatBytes(file.bytes)} in ${formatDuration(ms)}`];
}
