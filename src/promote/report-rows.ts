import type { App } from '../qrs/entities.ts';
import type { AppOutcome, TargetOutcome } from './outcome.ts';
import type { Leftovers } from './plan/planned.ts';
import { appNotes, isWork, type Stage, stepWords } from './words.ts';

/** One line of the log: what is planned for, or came of, one app in one stream, or of the app itself. */
export interface Row {
  app: string;
  target: string;
  stream: string;
  done: string;
  /** Something is still to be done, so that another line will say what came of it. */
  todo: boolean;
}

/** Pure: facts in, rows out. */
export function rowsOf(app: AppOutcome, stage: Stage): Row[] {
  const { plan } = app;
  const base = { app: plan.app.name, target: '', stream: '', todo: false };
  const rows =
    plan.verdict === 'refuse' ? [] : app.targets.flatMap(target => targetRows(base, target, stage));
  const todo = !stage.executed && (plan.verdict === 'promote' || plan.verdict === 'untag');
  return [...rows, ...appNotes(app, stage).map(done => ({ ...base, done, todo }))];
}

/** A row as a line of the log. */
export function lineOf({ app, target, stream, done }: Row): string {
  const where = [target, stream && `stream "${stream}"`].filter(Boolean).join(', ');
  return `"${app}"${where ? ` → ${where}` : ''}: ${done}`;
}

/** What the plan says of working copies on a site. */
export function copyLines({ site, removable, held }: Leftovers): string[] {
  const what = (copy: App) => `${site.name}: the working copy "${copy.name}" (${copy.id})`;
  return [
    ...removable.map(copy => `${what(copy)} is nobody's any more, and is to be removed.`),
    ...held.map(copy => `${what(copy)} may be another run's, and is left alone.`),
  ];
}

function targetRows(base: Omit<Row, 'done'>, target: TargetOutcome, stage: Stage): Row[] {
  const { plan, streams } = target;
  const place = { ...base, target: plan.site.name };
  const rows = plan.steps.map((step, index) => {
    const outcome = streams[index];
    const id = outcome?.app?.id ?? (step.do === 'publish' ? undefined : step.app.id);
    const words = stepWords(step, plan, outcome, stage);
    const said = stage.executed && target.skipped !== undefined ? `skipped: ${target.skipped}` : words;
    const done = id === undefined ? said : `${said} (${id})`;
    return { ...place, stream: step.stream.name, done, todo: !stage.executed && isWork(step) };
  });
  const lost = plan.lost === undefined ? [] : [{ ...place, stream: '', done: `not done: ${plan.lost}` }];
  const missing = plan.missing.map(stream => ({ ...place, stream, done: 'left out: no such stream' }));
  const twins = plan.twins.map(app => {
    const done = `twin of ${stage.executed ? 'the same version' : 'the same version, to be removed'} (${app.id})`;
    return { ...place, stream: app.stream?.name ?? '', done };
  });
  return [...rows, ...lost, ...missing, ...twins];
}
