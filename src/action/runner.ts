import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import * as core from '@actions/core';
import { every } from '../base/clock.ts';
import type { Environment } from '../base/environment.ts';
import { sentenceOf } from '../base/errors.ts';
import type { Report } from '../base/report.ts';
import { waitingBoard } from '../base/waiting.ts';
import { fitting, jsonPieces } from '../entry/fitting.ts';
import { plainScreen } from '../entry/plain.ts';
import { redactedReport } from '../entry/redacted-report.ts';
import { linesShownOnce, onOneLine, type Screen } from '../entry/screen.ts';
import { summaryOf } from '../entry/summary.ts';
import { formsOf, redacting } from '../net/redact.ts';

/** GitHub shows at most ten annotations of a kind for a step and drops the others, so the last one counts these. */
const ANNOTATIONS = 10;

/** Receives the report without secrets, after it is shown. */
export type Keep = (report: Report) => Promise<void>;

/** The log of a step, its annotations, outputs and summary. */
export function runnerScreen(environment: Environment, keep: Keep = async () => {}): Screen {
  const registered = new Set<string>();
  // The runner hides whole secrets; this hides the pieces of a secret that was cut.
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
      for (const line of linesShownOnce(report)) core.info(oneLine(line));
      annotate(report.warnings, sentence => core.warning(oneLine(sentence)));
      if (report.outcome === 'failed') annotateFailures(report, environment, annotated);
      if (environment.GITHUB_STEP_SUMMARY) await core.summary.addRaw(summaryOf(report)).write();
      await keep(report);
    },
  };
}

/**
 * Without a runner, nothing reads the commands or hides the secrets that they register. So this output contains no
 * secrets, and files are written where the environment names them.
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

/** GitHub keeps at most 1 MB of outputs a job: a file holds the whole result, and `result` as much as fits. */
function setOutputs(report: Report, { RUNNER_TEMP }: Environment): void {
  core.setOutput('outcome', report.outcome);
  core.setOutput('result', fitting(report.result));
  const path = join(RUNNER_TEMP || tmpdir(), `qrs-action-result-${randomUUID()}.json`);
  writeResult(path, report.result);
  core.setOutput('result-path', path);
  for (const [name, path] of Object.entries(report.paths)) core.setOutput(name, path);
  if (report.url !== undefined) core.setOutput('url', report.url);
}

/** Writes each app of a promotion on a line of its own. */
function writeResult(path: string, result: Report['result']): void {
  const file = openSync(path, 'wx');
  try {
    for (const piece of jsonPieces(result, '\n')) writeFileSync(file, piece);
    writeFileSync(file, '\n');
  } finally {
    closeSync(file);
  }
}

/** A problem in a file of the repository is shown at its line in a pull request. */
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

/** The path of a file within the repository; undefined for a file outside. */
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
 * The runner reads commands from the log: `::name::` at the beginning of a line, and the older `##[name]` anywhere in a
 * line. A name from a site must never become either. The runner trims what .NET calls white space, which includes
 * U+0085.
 */
function oneLine(line: string): string {
  return onOneLine(line)
    .replaceAll('##[', '# #[')
    .replace(/^[\s\u0085]*::/, ': :');
}
