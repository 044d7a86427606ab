import { every } from '../base/clock.ts';
import { messageOf, sentenceOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Report } from '../base/report.ts';
import { waitingBoard } from '../base/waiting.ts';
import { formsOf, redacting } from '../net/redact.ts';
import { jsonPieces } from './fitting.ts';
import { redactedReport } from './redacted-report.ts';
import { linesShownOnce, onOneLine, type Screen } from './screen.ts';

/** A stream of characters, such as stdout. */
interface Output {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

export interface PlainOptions {
  /** For the result of the run. */
  out: Output;
  /** For everything else: progress, warnings, errors. */
  err: Output;
  /** `result` alone goes to `out`, as one line of JSON. */
  json: boolean;
  debug: boolean;
  /** The lines that make the CI system hide a secret in the output of others; absent where no system reads them. */
  mask?: ((secret: string) => string[]) | undefined;
  /** Receives the report without secrets, to write a summary or outputs to files. */
  keep?: (report: Report) => Promise<void>;
}

/** Writes lines of text without secrets: to a terminal, or to a log that hides nothing itself. */
export function plainScreen({ out, err, json, debug, mask, keep }: PlainOptions): Screen {
  const redact = redacting();
  const status = statusLine(err);
  const registered = new Set<string>();
  const shown = new Set<string>();
  const say = (to: Output, text: string) => {
    status.clear();
    to.write(`${harmless(onOneLine(redact(text)))}\n`);
  };
  const log: Log = {
    debug: line => {
      if (debug) say(err, `  ${line}`);
    },
    info: line => say(err, line),
    warning: line => say(err, `Warning: ${line}`),
    failure: sentence => {
      shown.add(redact(sentence));
      say(err, `Error: ${sentence}`);
    },
    ...waitingBoard({
      now: () => Date.now(),
      every,
      line: text => say(err, text),
      status: err.isTTY ? text => status.show(harmless(onOneLine(redact(text)))) : undefined,
    }),
    group: async (title, work) => {
      say(err, `${title}:`);
      return work();
    },
  };
  return {
    log,
    secret: value => {
      if (registered.has(value)) return;
      registered.add(value);
      redact.add(value);
      for (const form of formsOf(value)) for (const line of mask?.(form) ?? []) err.write(`${line}\n`);
    },
    notice: sentence => say(err, sentence),
    warn: sentence => say(err, `Warning: ${sentence}`),
    show: async report => {
      const clean = redactedReport(report, redact);
      if (json) writeJson(out, clean);
      else for (const line of [clean.title, ...linesShownOnce(clean)]) say(out, line);
      for (const { title, text } of clean.excerpts) {
        say(err, `${title}:`);
        for (const line of text.split(/\r?\n/)) say(err, `  | ${line}`);
      }
      for (const [name, path] of Object.entries(clean.paths)) say(err, `${name}: ${path}`);
      if (clean.url !== undefined) say(err, `url: ${clean.url}`);
      for (const warning of clean.warnings) say(err, `Warning: ${warning}`);
      for (const failure of clean.failures.filter(one => !shown.has(one)))
        showFailure(failure, clean, line => say(err, line));
      await keep?.(clean).catch(error => say(err, `Error: ${messageOf(error)}`));
    },
  };
}

function writeJson(out: Output, { result }: Report): void {
  for (const piece of jsonPieces(result)) out.write(piece);
  out.write('\n');
}

/**
 * GitHub and Azure DevOps read commands from a step's output, and a terminal reads escape sequences. A name from a site
 * must never become either.
 */
function harmless(line: string): string {
  return line
    .replace(/[\p{Cc}]/gu, ' ')
    .replace(/##(?=\[|vso\[)/gi, '# #')
    .replace(/^\s*::/, ': :');
}

/** A problem of a text, with the lines around it. */
function showFailure(failure: string, { problems = [] }: Report, say: (line: string) => void): void {
  say(`Error: ${failure}`);
  const place = problems.find(problem => sentenceOf(problem) === failure)?.place;
  for (const line of place?.frame.split('\n') ?? []) say(line);
}

/** The status line of a terminal, which is rewritten in place. */
function statusLine(err: Output) {
  let shown = false;
  return {
    show: (text: string) => {
      err.write(`\r\u001B[K${text.slice(0, (err.columns ?? 80) - 1)}`);
      shown = true;
    },
    clear: () => {
      if (shown) err.write('\r\u001B[K');
      shown = false;
    },
  };
}
