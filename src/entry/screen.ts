import { type Problem, sentenceOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Report } from '../base/report.ts';
import { visible } from '../base/visible.ts';
import type { StartedBy } from '../promote/credit.ts';
import type { Secret } from '../sites/sites.ts';
import { signed } from './started.ts';

/** Where an entry shows what it does: the log of a GitHub runner, a terminal, or the log of another CI system. */
export interface Screen {
  log: Log;
  /** From now on this must not be seen, whoever shows it. */
  secret: Secret;
  /** A warning of its own, in a place where it is noticed. */
  warn(sentence: string): void;
  /** Something to know, in the same place. */
  notice(sentence: string): void;
  /** Shows a report everywhere it is looked for. */
  show(report: Report): Promise<void>;
}

/** The report of a run that ended before it had one. */
export function failureReport(problems: readonly Problem[], started: Partial<StartedBy> = {}): Report {
  const causes = problems.map(sentenceOf);
  const report: Report = {
    outcome: 'failed',
    title: 'Failed',
    table: { head: [], rows: [] },
    excerpts: [],
    paths: {},
    lines: [],
    failures: causes,
    problems,
    warnings: [],
    result: { outcome: 'failed', failures: causes },
  };
  return signed(report, started);
}

/** The lines of a report but those that are shown as failures or warnings, too. */
export function linesToldOnce({ lines, failures, warnings }: Report): string[] {
  const shown = new Set([...failures, ...warnings]);
  return lines.filter(line => !shown.has(line));
}

/** A text on one line and visible as it is, whatever a name from a site has in it. */
export function onOneLine(text: string): string {
  return visible(text.replace(/\s*[\r\n\u2028\u2029\u0085]+\s*/g, ' '));
}
