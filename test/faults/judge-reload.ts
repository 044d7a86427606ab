import { readFileSync } from 'node:fs';
import type { Ground } from './judge-sites.ts';
import type { Picture } from './picture.ts';
import type { Said } from './said.ts';

interface RunResult {
  verdict: string;
  status?: string;
  log?: string;
}

/** Promise 6: what a reload said, held against the records of the site. */
export function reloadFaults({ world, before }: Ground, said: Said, after: Picture | undefined): string[] {
  const old = before.get('prod')?.results;
  const records = [...(after?.results ?? [])].filter(([id]) => !old?.has(id)).map(([, { status }]) => status);
  const [run] = runsOf(said);
  return [
    ...(records.length > 1 && !world.late ? [`${records.length} runs were started`] : []),
    ...untrue(said, run, records),
    ...(run ? logFaults(said, run) : []),
  ];
}

function untrue(
  { outcome, failures }: Said,
  run: RunResult | undefined,
  [ended]: readonly string[],
): string[] {
  switch (outcome) {
    case 'reloaded':
      return ended === 'FinishedSuccess' ? [] : [`said reloaded, yet the run ended as ${ended}`];
    case 'failed':
      return [
        ...(failures.length === 0 ? ['failed without a word why'] : []),
        ...(run?.verdict === 'not started' && ended !== undefined ? ['said not started, yet it ran'] : []),
        ...(run?.verdict !== 'unknown' && run?.status !== undefined && run.status !== ended
          ? [`said ${run.status}, yet the site has ${ended}`]
          : []),
      ];
    case 'killed':
      return [];
    case 'threw':
      return ended === undefined ? [] : ['gave up before it began, yet it ran'];
    default:
      return [`said ${outcome}`];
  }
}

/** The script log of a run that failed. */
function logFaults({ told }: Said, { status, log }: RunResult): string[] {
  if (log !== undefined && !readFileSync(log, 'utf8').includes('Field not found'))
    return ['the script log that was saved is not the log of the run'];
  const silent = status === 'FinishedFail' && log === undefined && !/script log/i.test(told);
  return silent ? ['no script log, and no word why'] : [];
}

function runsOf({ result }: Said): RunResult[] {
  const { runs } = result;
  return Array.isArray(runs) ? runs : [];
}
