import * as core from '@actions/core';
import type { Log } from '../base/log.ts';
import type { Report } from '../base/report.ts';
import { summaryOf } from './summary.ts';

/** A step shows at most ten annotations of a kind; the rest would be lost, so it is counted. */
const ANNOTATIONS = 10;

export const runnerLog: Log = {
  debug: line => core.debug(oneLine(line)),
  info: line => core.info(oneLine(line)),
  warning: line => core.info(`Warning: ${oneLine(line)}`),
  group: core.group,
};

/** Shows a report everywhere it is looked for, and fails the step if that is the outcome. */
export async function show(report: Report): Promise<void> {
  core.setOutput('outcome', report.outcome);
  core.setOutput('result', JSON.stringify(report.result));
  for (const [name, path] of Object.entries(report.paths)) core.setOutput(name, path);
  for (const line of report.lines) core.info(oneLine(line));
  annotate(report.warnings, core.warning);
  if (report.outcome === 'failed') fail(report.failures);
  if (process.env.GITHUB_STEP_SUMMARY) await core.summary.addRaw(summaryOf(report)).write();
}

/** A warning of its own, as an annotation. */
export function warn(sentence: string): void {
  annotate([sentence], core.warning);
}

/** Fails the step, one annotation for each cause. */
function fail(causes: readonly string[]): void {
  annotate(causes, core.error);
  process.exitCode = 1;
}

/** Outcome and result of a run that ended before it had a report. */
export async function showFailure(causes: readonly string[]): Promise<void> {
  await show({
    outcome: 'failed',
    title: 'Failed',
    table: { head: [], rows: [] },
    excerpts: [],
    paths: {},
    lines: [],
    failures: causes,
    warnings: [],
    result: { outcome: 'failed', failures: causes },
  });
}

/** Gives a function that registers a secret, and each line of it, with the runner, which blacks it out everywhere. */
export function masking(): (value: string) => void {
  const registered = new Set<string>();
  return value => {
    if (!registered.has(value)) core.setSecret(value);
    registered.add(value);
  };
}

function annotate(sentences: readonly string[], write: (message: string) => void): void {
  const shown = sentences.length > ANNOTATIONS ? sentences.slice(0, ANNOTATIONS - 1) : sentences;
  for (const sentence of shown) write(oneLine(sentence));
  const rest = sentences.slice(shown.length);
  if (rest.length > 0) write(`… and ${rest.length} more: ${oneLine(rest.join(' '))}`.slice(0, 3500));
}

/**
 * The runner reads commands from the log: `::name::` at the beginning of a line, and the older `##[name]` anywhere
 * in one. A name from a site must be able to make neither. The runner trims what .NET calls white space, to which
 * U+0085 belongs.
 */
function oneLine(line: string): string {
  return line
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .replaceAll('##[', '# #[')
    .replace(/^[\s\u0085]*::/, ': :');
}
