import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf, RemoteError } from '../base/errors.ts';
import { safeFileName } from '../base/file-name.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { Result } from '../qrs/execution-results.ts';
import { openScriptLog } from '../qrs/script-log.ts';

export interface ScriptLog {
  file: string;
  /** Its last lines. */
  end: string;
  /** The first line that reports an error. */
  error: string | undefined;
}

/** QRS serves a log some seconds after the run; after this time the log is given up. Ms. */
const PAUSES = [500, 1000, 2000, 2000, 2000, 2000];
/** The longest time that a stalled log delays the report. Ms. */
const LIMIT = 60_000;
const LAST_LINES = 20;
const LONGEST_LINE = 400;

/**
 * Saves a reload's script log under `folder` and finds what a person looks for first. A missing log is no failure of
 * the reload: the result is a sentence instead.
 */
export async function saveScriptLog(
  run: Qrs,
  task: { id: string; name: string },
  result: Result,
  folder: string,
): Promise<ScriptLog | { missing: string }> {
  const file = join(folder, `${safeFileName(task.name)}-${result.id}.log`);
  const qrs = run.under(AbortSignal.any([run.signal, AbortSignal.timeout(LIMIT)]));
  for (const pause of [...PAUSES, undefined]) {
    try {
      return { file, ...(await save(qrs, task, result, folder, file)) };
    } catch (error) {
      const never = error instanceof RemoteError && error.status === 403;
      if (pause === undefined || never || qrs.signal.aborted)
        return { missing: `No script log: ${messageOf(error)}` };
      await qrs.clock.sleep(pause, qrs.signal).catch(() => {});
    }
  }
  return { missing: 'No script log.' };
}

async function save(
  qrs: Qrs,
  task: { id: string; name: string },
  result: Result,
  folder: string,
  file: string,
): Promise<Omit<ScriptLog, 'file'>> {
  // A log that is open and not read would keep a connection.
  await mkdir(folder, { recursive: true });
  const { content } = await openScriptLog(qrs, task, result);
  const reader = lineReader();
  await pipeline(
    content,
    async function* (pieces: AsyncIterable<Uint8Array>) {
      for await (const piece of pieces) {
        reader.read(piece);
        yield piece;
      }
    },
    createWriteStream(file, { mode: 0o600 }),
  ).catch(async error => {
    await rm(file, { force: true });
    throw error;
  });
  return reader.end();
}

/** A line of the script itself begins with its number, and may mention errors without being one. */
function tellsOfError(line: string): boolean {
  const text = said(line);
  const ofScript = /(^|\s)\d{4,}\s+\S/.test(line.slice(0, line.length - text.length + 6));
  return !ofScript && /\berror\b|execution failed/i.test(text);
}

/** A line without its date. */
function said(line: string): string {
  return line.replace(/^\d[\d:.,TZ+ -]*[\d Z]\s+(?=\S)/, '');
}

/** Reads passing lines, and keeps the last ones and the first one that reports an error. */
function lineReader() {
  const decoder = new TextDecoder();
  const last: string[] = [];
  let error: string | undefined;
  let rest = '';
  const line = (text: string) => {
    const cut = text.trimEnd().slice(0, LONGEST_LINE);
    if (tellsOfError(cut)) error ??= said(cut).trim();
    last.push(cut);
    if (last.length > LAST_LINES) last.shift();
  };
  return {
    read(piece: Uint8Array) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
      // Do not collect a file without line breaks in memory.
      rest = (lines.pop() ?? '').slice(0, 64 * 1024);
      for (const text of lines) line(text);
    },
    end() {
      if (rest !== '') line(rest);
      return { end: last.join('\n').trim(), error };
    },
  };
}
