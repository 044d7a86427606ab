import { lazyMap } from '../../base/lazy-list.ts';
import { type Cell, FAILURE_SIGN, type Line, type Table } from '../../base/report.ts';
import { count, formatBytes, formatDuration } from '../../base/units.ts';
import type { Site } from '../../sites/site.ts';
import { type AppOutcome, failed, type TargetOutcome, wentLive } from '../outcome.ts';
import { aboutSource } from './app-facts.ts';
import { appPage } from './hub.ts';
import { NOT_ASKED } from './report-lines.ts';
import { appNotes, NO_STREAM, type Stage, sourceHasWork, stepWords, targetHasWork } from './words.ts';

/**
 * The table of the summary: a row for each app, a column for each target site, and one for the apps' own site where
 * there is something to say of it. Apps that failed come first, and a sign marks the site. Apps without changes are in
 * a folded part. Pure.
 */
export function summaryTable(outcomes: readonly AppOutcome[], from: Site, stage: Stage): Table {
  const sites = [...new Set(outcomes.flatMap(({ targets }) => targets.map(({ plan }) => plan.site)))];
  const hasSource = outcomes.some(app => sourceCell(app, stage).length > 0);
  const rowOf = (app: AppOutcome): Cell[] => [
    appCell(app, stage),
    ...sites.map(site => siteCell(app, site, stage)),
    ...(hasSource ? [sourceCell(app, stage)] : []),
  ];
  const { idle = [], busy = [] } = Object.groupBy(outcomes, app => (staysAsItIs(app) ? 'idle' : 'busy'));
  return {
    head: ['App', ...sites.map(({ name }) => name), ...(hasSource ? [`on ${from.name}`] : [])],
    rows: lazyMap([...busy.filter(isInTrouble), ...busy.filter(app => !isInTrouble(app))], rowOf),
    ...(idle.length === 0
      ? {}
      : { folded: { title: `Apps without changes: ${idle.length}`, rows: lazyMap(idle, rowOf) } }),
  };
}

function isInTrouble(app: AppOutcome): boolean {
  return app.plan.verdict === 'refuse' || failed(app);
}

/** Whether the app has no changes and no failures anywhere. */
function staysAsItIs({ plan, targets, failure, skipped, tag, done, notes }: AppOutcome): boolean {
  if (plan.verdict === 'skip') return true;
  if (plan.verdict !== 'promote' || sourceHasWork(plan) || tag !== 'none') return false;
  const eventful = failure !== undefined || skipped !== undefined || done.length + notes.length > 0;
  return !eventful && targets.every(isUntouched);
}

function isUntouched({ plan, streams, failure, skipped, left }: TargetOutcome): boolean {
  if (plan.lost !== undefined || failure !== undefined || skipped !== undefined) return false;
  return left.length === 0 && !targetHasWork(plan) && streams.every(({ note }) => note === undefined);
}

function appCell({ plan: { app, verdict } }: AppOutcome, stage: Stage): Line[] {
  const name: Line = [{ text: app.name, title: app.id }];
  return stage.executed || verdict !== 'promote' ? [name] : [name, [{ text: aboutSource(app, stage) }]];
}

/** The changes on the app's own site. The failures say why an app was refused. */
function sourceCell(app: AppOutcome, stage: Stage): Line[] {
  if (app.plan.verdict === 'refuse') return [[SIGN, { text: 'refused' }]];
  const notes = appNotes(app, stage).map((text): Line => [{ text }]);
  return app.tag === 'failed' ? notes.map(line => [SIGN, ...line]) : notes;
}

/** The results for the app on a site, each with its streams. */
function siteCell(app: AppOutcome, site: Site, stage: Stage): Line[] {
  if (app.plan.verdict === 'refuse') return [];
  return app.targets
    .filter(({ plan }) => plan.site === site)
    .flatMap(target => targetLines(app, target, stage));
}

function targetLines(app: AppOutcome, target: TargetOutcome, stage: Stage): Line[] {
  const { plan } = target;
  const places = plan.steps.map((step, index) => ({ index, words: stepWords(step, index, target, stage) }));
  const things = [...Map.groupBy(places, ({ words }) => words)].map(
    ([words, alike]): Line => [
      ...withBetween(
        alike.map(({ index }) => [streamSpan(target, index)]),
        ', ',
      ),
      { text: `: ${words}`, ...took(app, target, stage) },
    ],
  );
  const others = [
    ...(plan.lost === undefined ? [] : [NOT_ASKED]),
    ...(plan.twins.length === 0 ? [] : [twins(plan.twins.length, stage)]),
    ...(plan.name === app.plan.app.name ? [] : [`called "${plan.name}" there`]),
  ].map((text): Line => [{ text }]);
  // Results are short. Plans also say what the target has now, one line each.
  const lines = stage.executed ? [withBetween([...things, ...others], '; ')] : [...things, ...others];
  return hasFailed(app, target) ? lines.map(line => [SIGN, ...line]) : lines;
}

/** What ended the whole app may have come after other targets were done. */
function hasFailed(app: AppOutcome, { failure, streams }: TargetOutcome): boolean {
  const isOpen = streams.some(({ did }) => did === 'not done' || did === 'unclear' || did === 'rolled back');
  return failure !== undefined || (app.failure !== undefined && isOpen);
}

const SIGN = { text: `${FAILURE_SIGN} ` };

function twins(number: number, { executed }: Stage): string {
  return `${count(number, 'twin')} of the same version${executed ? '' : ' to be removed'}`;
}

function streamSpan({ plan, streams }: TargetOutcome, index: number): Line[number] {
  const step = plan.steps[index];
  const app = streams[index]?.app ?? (step?.do === 'publish' ? undefined : step?.app);
  const url = app && appPage(plan.site, app.id);
  return {
    text: step?.stream.name || NO_STREAM,
    ...(app === undefined ? {} : { title: app.id }),
    ...(url === undefined ? {} : { url }),
  };
}

function withBetween(lines: readonly Line[], between: string): Line {
  return lines.flatMap((line, index) => (index === 0 ? line : [{ text: between }, ...line]));
}

/** The tooltip. */
function took({ file }: AppOutcome, target: TargetOutcome, { executed }: Stage): { title?: string } {
  if (!executed || !wentLive(target)) return {};
  const size = file === undefined ? '' : `${formatBytes(file.bytes)} `;
  return { title: `${size}in ${formatDuration(target.took)}` };
}
