import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../src/base/report.ts';
import { check } from '../../src/check/check.ts';
import { keepingLog, quickClock, type Stage, type StageOptions, stage } from '../sites-for-tests.ts';

/** What is on a site, whole: a trial must leave all of it as it was. */
const everything = ({ site }: Stage['dev']) =>
  JSON.stringify([
    [...site.apps.values()].map(({ id, name, description, modifiedDate, stream }) => [
      id,
      name,
      description,
      modifiedDate,
      stream?.name,
    ]),
    [...site.tasks.values()].map(({ id, name, modifiedDate }) => [id, name, modifiedDate]),
  ]);

interface Trying {
  write?: string;
  /** Whether answers to open questions are asked for. */
  asks?: boolean;
  prepare?: (set: Stage) => Promise<void>;
  /** The file for the answers, in the folder of the check. */
  file?: string;
}

/** Checks the site "test" with changes, and shows what is reported and answered. */
export async function tried(
  options: StageOptions,
  look: (report: Report, answers: string, set: Stage) => void,
  { write = 'Everyone', asks = true, prepare = async () => {}, file: name = 'the answers.md' }: Trying = {},
) {
  const set = await stage(options);
  const folder = mkdtempSync(join(tmpdir(), 'qrs action check '));
  const file = join(folder, name);
  try {
    await prepare(set);
    const before = everything(set.test);
    const report = await check(
      { names: ['test'], spec: undefined, request: undefined, write, report: asks ? file : undefined },
      {
        sites: set.sites,
        event: undefined,
        folder,
        run: 'run-1',
        clock: quickClock(),
        signal: new AbortController().signal,
        log: keepingLog(),
      },
    );
    look(report, asks ? readFileSync(file, 'utf8') : '', set);
    assert.equal(everything(set.test), before, 'what was made is gone, and all else is as it was');
  } finally {
    await set.stop();
    rmSync(folder, { recursive: true });
  }
}
