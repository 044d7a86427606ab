import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import * as core from '@actions/core';
import { every } from '../base/clock.ts';
import { sentenceOf } from '../base/errors.ts';
import type { Report } from '../base/report.ts';
import { waitingBoard } from '../base/waiting.ts';
import { fitting, jsonOf } from '../entry/fitting.ts';
import { plainScreen } from '../entry/plain.ts';
import { redactedReport } from '../entry/redacted-report.ts';
import { linesToldOnce, onOneLine, type Screen } from '../entry/screen.ts';
import { summaryOf } from '../entry/summary.ts';
import { formsOf, redacting } from '../net/redact.ts';
import type { Environment } from '../sites/variables.ts';

/** A step shows at most ten annotations of a kind; the rest would be lost, so it is counted. */
const ANNOTATIONS = 10;

/** Receives a report that is free of secrets, once it is shown. */
export type Keep = (report: Report) => Promise<void>;

/** The log of a step, its annotations, outputs and summary. */
export function runnerScreen(environment: Environment, keep: Keep = async () => {}): Screen {
  const registered = new Set<string>();
  // The runner hides whole secrets; a piece of one that was cut is hidden here.
  const redact = redacting();
  const safe = (line: string) => oneLine(redact(line));
  const annotated = new Set<string>();
  const line = (text: string) => core.info(safe(text));
  return {
    log: {
      debug: line => core.debug(safe(line)),
      info: line => core.info(safe(line)),
      warning: line => core.info(`Warning: ${safe(line)}`),
      failure: sentence => {
        if (annotated.size >= ANNOTATIONS - 1) return line(`Error: ${sentence}`);
        annotated.add(redact(sentence));
        core.error(safe(sentence));
      },
      ...waitingBoard({ now: () => Date.now(), every, line }),
      group: core.group,
    },
    secret: value => {
      redact.add(value);
      for (const form of formsOf(value)) {
        if (!registered.has(form)) core.setSecret(form);
        registered.add(form);
      }
    },
    notice: sentence => core.notice(safe(sentence)),
    warn: sentence => core.warning(oneLine(redact(sentence))),
    show: async shown => {
      const report = redactedReport(shown, redact);
      setOutputs(report, environment);
      for (const line of linesToldOnce(report)) core.info(oneLine(line));
      annotate(report.warnings, sentence => core.warning(oneLine(sentence)));
      if (report.outcome === 'failed') annotateFailures(report, environment, annotated);
      if (environment.GITHUB_STEP_SUMMARY) await core.summary.addRaw(summaryOf(report)).write();
      await keep(report);
    },
  };
}

/**
 * Where the action runs without a runner, nobody reads commands or masks what they register: what is shown is
 * free of secrets by itself, and files are written where there are some.
 */
export function localScreen(environment: Environment, keepAlso: Keep): Screen {
  return plainScreen({
    out: process.stdout,
    err: process.stdout,
    json: false,
    debug: environment.RUNNER_DEBUG === '1',
    keep: async report => {
      if (environment.GITHUB_OUTPUT) setOutputs(report, environment);
      if (environment.GITHUB_STEP_SUMMARY) await core.summary.addRaw(summaryOf(report)).write();
      await keepAlso(report);
    },
  });
}

/** Outputs are kept by GitHub up to 1 MB a job, so the whole result is in a file, and `result` has what fits. */
function setOutputs(report: Report, { RUNNER_TEMP }: Environment): void {
  core.setOutput('outcome', report.outcome);
  core.setOutput('result', fitting(report.result));
  const path = join(RUNNER_TEMP || tmpdir(), `qrs-action-result-${randomUUID()}.json`);
  writeFileSync(path, `${jsonOf(report.result, 2)}\n`);
  core.setOutput('result-path', path);
  for (const [name, path] of Object.entries(report.paths)) core.setOutput(name, path);
  if (report.url !== undefined) core.setOutput('url', report.url);
}

/** A problem of a file of the repository stands on its line in a pull request. */
function annotateFailures(
  { failures, problems = [] }: Report,
  environment: Environment,
  annotated: ReadonlySet<string>,
): void {
  const placed = new Map(problems.map(problem => [sentenceOf(problem), problem]));
  const others = failures.filter(sentence => !annotated.has(sentence));
  annotate(others, sentence => {
    const problem = placed.get(sentence);
    const file = problem?.place?.isFile ? inWorkspace(problem.place.from, environment) : undefined;
    if (!problem?.place || file === undefined) core.error(oneLine(sentence));
    else {
      const { line, column, from } = problem.place;
      const at = { file, startLine: line, startColumn: column, title: `Problem in ${from}` };
      core.error(oneLine(problem.text), at);
    }
    for (const line of problem?.place?.frame.split('\n') ?? []) core.info(oneLine(line));
  });
}

/** The path of a file as the repository has it, or undefined where it lies elsewhere. */
function inWorkspace(path: string, { GITHUB_WORKSPACE: workspace = process.cwd() }: Environment) {
  const file = relative(workspace, resolve(path));
  return file.startsWith('..') || isAbsolute(file) ? undefined : file.replaceAll('\\', '/');
}

function annotate(sentences: readonly string[], write: (message: string) => void): void {
  const shown = sentences.length > ANNOTATIONS ? sentences.slice(0, ANNOTATIONS - 1) : sentences;
  for (const sentence of shown) write(sentence);
  const rest = sentences.slice(shown.length);
  if (rest.length > 0) write(`… and ${rest.length} more: ${rest.join(' ')}`.slice(0, 3500));
}

/**
 * The runner reads commands from the log: `::name::` at the beginning of a line, and the older `##[name]` anywhere
 * in one. A name from a site must be able to make neither. The runner trims what .NET calls white space, to which
 * U+0085 belongs.
 */
function oneLine(line: string): string {
  return onOneLine(line)
    .replaceAll('##[', '# #[')
    .replace(/^[\s\u0085]*::/, ': :');
}
