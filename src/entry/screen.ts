import { type Problem, sentenceOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Report } from '../base/report.ts';
import { visible } from '../base/visible.ts';
import type { StartedBy } from '../promote/credit.ts';
import type { Secret } from '../sites/secrets.ts';
import { signed } from './started.ts';

/** Where an entry shows its work: the log of a GitHub runner, a terminal, or the log of another CI system. */
export interface Screen {
  log: Log;
  /** Hides this text from now on, wherever it is printed. */
  secret: Secret;
  /** Shows a warning where people notice it. */
  warn(sentence: string): void;
  /** Shows a notice in the same place. */
  notice(sentence: string): void;
  /** Shows a report in all its places. */
  show(report: Report): Promise<void>;
}

/** The report of a run that ended before its flow made one. */
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

/** The lines of a report, without those that are also shown as failures or warnings. */
export function linesShownOnce({ lines, failures, warnings }: Report): string[] {
  const shown = new Set([...failures, ...warnings]);
  return lines.filter(line => !shown.has(line));
}

/** A text on one line, with invisible characters of foreign names made visible. */
export function onOneLine(text: string): string {
  return visible(text.replace(/\s*[\r\n\u2028\u2029\u0085]+\s*/g, ' '));
}
