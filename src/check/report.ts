import type { Report } from '../base/report.ts';
import type { FindingState, SiteFinding } from './finding.ts';

const SIGNS: Readonly<Record<FindingState, string>> = {
  ok: '✓',
  warning: '!',
  'not known': '?',
  failed: '✗',
};

/** Makes one table with a column for each site, and one next step for each problem. Pure. */
export function reportOf(findings: readonly SiteFinding[], sites: readonly string[]): Report {
  const failed = findings.some(({ state }) => state === 'failed');
  const outcome = failed ? 'failed' : 'checked';
  const columns = [...sites, ...(findings.some(({ site }) => site === undefined) ? [undefined] : [])];
  const abouts = [...new Set(findings.map(({ about }) => about))];
  const cell = (about: string, site: string | undefined) =>
    findings
      .filter(one => one.about === about && one.site === site)
      .map(({ state, says }) => `${SIGNS[state]} ${says}`)
      .join('; ');
  const table = {
    head: ['', ...columns.map(site => site ?? 'this machine')],
    rows: abouts.map(about => [about, ...columns.map(site => cell(about, site))]),
  };
  return {
    outcome,
    title: failed ? 'Checked: something would fail' : 'Checked',
    table,
    lines: [...textTable(table), '', conclusionOf(findings)],
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
  const where = site === undefined ? '' : `Site "${site}": `;
  return `${where}${about}: ${says}${next ? `. ${next}` : '.'}`;
}

function conclusionOf(findings: readonly SiteFinding[]): string {
  const count = (state: FindingState) => findings.filter(one => one.state === state).length;
  const [failed, warnings, unknown] = [count('failed'), count('warning'), count('not known')];
  const beside = unknown > 0 ? ` Not known (?), as the site does not show it: ${unknown}.` : '';
  if (failed > 0) return `${failed} of these would fail.${beside}`;
  return `${warnings > 0 ? `Nothing would fail; look at the warnings (!): ${warnings}.` : 'All is well.'}${beside}`;
}

/** A longer cell would push the next column off the screen; the summary shows it whole. Characters. */
const WIDEST = 60;

/** Cells in columns, for a terminal and a log. */
function textTable({
  head,
  rows,
}: {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}): string[] {
  const cut = (cell: string) =>
    [...cell].length > WIDEST ? `${[...cell].slice(0, WIDEST - 1).join('')}…` : cell;
  const all = [head, ...rows].map(row => row.map(cut));
  const widths = head.map((_, column) => Math.max(...all.map(row => [...(row[column] ?? '')].length)));
  return all.map(row =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length))
      .join('  ')
      .trimEnd(),
  );
}
