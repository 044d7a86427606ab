import { capital } from '../base/finding.ts';
import { FAILURE_SIGN, type Report, type Table } from '../base/report.ts';
import { count } from '../base/units.ts';
import type { FindingState, SiteFinding } from './finding.ts';

/** In a summary, a failure has to stand out from many rows; a terminal may show an emoji two columns wide. */
const SIGNS: Readonly<Record<FindingState, { summary: string; terminal: string }>> = {
  ok: { summary: '✓', terminal: '✓' },
  warning: { summary: '⚠️', terminal: '!' },
  'not known': { summary: '?', terminal: '?' },
  failed: { summary: FAILURE_SIGN, terminal: '✗' },
};

/**
 * Makes one table with a column for each site, and one next step for each problem. What is about no site, such as the
 * plan of the spec, has rows of its own. `answers` is the file with the answers to open questions. Pure.
 */
export function reportOf(
  findings: readonly SiteFinding[],
  sites: readonly string[],
  answers?: string | undefined,
): Report {
  const failed = findings.some(({ state }) => state === 'failed');
  const outcome = failed ? 'failed' : 'checked';
  const ofSites = Map.groupBy(
    findings.filter(({ site }) => site !== undefined),
    ({ about }) => about,
  );
  const others = findings.filter(({ site }) => site === undefined);
  const rowsFor = (where: 'summary' | 'terminal') =>
    [...ofSites].map(([about, found]) => [
      about,
      ...sites.map(site =>
        signed(
          found.filter(one => one.site === site),
          where,
        ),
      ),
    ]);
  return {
    outcome,
    title: failed ? 'Checked: something would fail' : 'Checked',
    verdict: conclusionOf(findings),
    table: { head: ['', ...sites], ...folding([...ofSites.values()], rowsFor('summary')) },
    remarks: others.map(({ about, state, says }) => `${SIGNS[state].summary} ${capital(about)}: ${says}`),
    lines: [
      ...columnsOf([['', ...sites], ...rowsFor('terminal')]),
      ...(others.length === 0
        ? []
        : ['', ...columnsOf(others.map(one => [one.about, signed([one], 'terminal')]))]),
      '',
      conclusionOf(findings),
      ...(answers === undefined
        ? []
        : [`The answers are in ${answers}. Please read them, and send them to the project.`]),
    ],
    failures: findings.filter(({ state }) => state === 'failed').map(sentenceOf),
    warnings: findings.filter(({ state }) => state === 'warning').map(sentenceOf),
    excerpts: [],
    paths: {},
    result: {
      outcome,
      findings: findings.map(({ site, about, state, says, next }) => ({
        ...(site === undefined ? {} : { site }),
        about,
        state,
        says,
        ...(next === undefined ? {} : { next }),
      })),
    },
  };
}

function sentenceOf({ site, about, says, next }: SiteFinding): string {
  const where = site === undefined ? capital(about) : `Site "${site}": ${about}`;
  return `${where}: ${says}${next ? `. ${next}` : '.'}`;
}

function conclusionOf(findings: readonly SiteFinding[]): string {
  const numberOf = (state: FindingState) => findings.filter(one => one.state === state).length;
  const [failed, warnings, unknown] = [numberOf('failed'), numberOf('warning'), numberOf('not known')];
  const beside = unknown > 0 ? ` Not known (?), as the site does not show it: ${unknown}.` : '';
  if (failed > 0) return `${failed} would fail.${beside}`;
  return `${warnings > 0 ? `Nothing would fail. Look at ${count(warnings, 'warning')}.` : 'All is well.'}${beside}`;
}

/** The rows with something to look at, and the others folded away; if all is well, all rows. */
function folding(
  findings: readonly (readonly SiteFinding[])[],
  rows: readonly (readonly string[])[],
): Omit<Table, 'head'> {
  const isWell = (_: unknown, index: number) =>
    findings[index]?.every(({ state }) => state === 'ok') === true;
  const well = rows.filter(isWell);
  if (well.length === 0 || well.length === rows.length) return { rows };
  const others = rows.filter((row, index) => !isWell(row, index));
  return { rows: others, folded: { title: `Fine: ${well.length}`, rows: well } };
}

function signed(findings: readonly SiteFinding[], where: 'summary' | 'terminal'): string {
  return findings.map(({ state, says }) => `${SIGNS[state][where]} ${says}`).join('; ');
}

/** The columns of a terminal or a log that all columns together may fill, and the fewest for a cell. */
const WIDTH = 120;
const NARROWEST = 24;

/** Cells in columns. A cell that is too long for the screen is cut; the summary and the failures show it whole. */
function columnsOf(rows: readonly (readonly string[])[]): string[] {
  const widthsOf = (all: readonly (readonly string[])[]) =>
    (all[0] ?? []).map((_, column) => Math.max(...all.map(row => [...(row[column] ?? '')].length)));
  const [about = 0, ...others] = widthsOf(rows);
  const widest = Math.max(NARROWEST, Math.floor((WIDTH - about) / others.length) - 2);
  const cut = (cell: string) =>
    [...cell].length > widest ? `${[...cell].slice(0, widest - 1).join('')}…` : cell;
  const all = rows.map(([first = '', ...cells]) => [first, ...cells.map(cut)]);
  const widths = widthsOf(all);
  return all.map(row =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length))
      .join('  ')
      .trimEnd(),
  );
}
