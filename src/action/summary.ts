import type { Report, Row } from '../promote/report.ts';

/** GitHub drops a summary over 1 MiB whole; far below it, rows are left out and counted instead. */
const LIMIT = 900_000;

const TITLES: Readonly<Record<Report['outcome'], string>> = {
  promoted: 'Promoted',
  planned: 'Plan: nothing was changed',
  'nothing-to-do': 'Nothing to do',
  failed: 'Promotion failed',
};

/** The job summary: a table of what was done, then what went wrong. Every name from a site is escaped. Pure. */
export function summaryOf({ outcome, rows, failures, warnings }: Report): string {
  const head = ['App', 'Target', 'Stream', 'What', 'Time', 'Size'];
  const lines: string[] = [];
  let room = LIMIT;
  for (const row of rows) {
    const line = tableRow(row);
    room -= Buffer.byteLength(line);
    if (room < 0) break;
    lines.push(line);
  }
  const more = rows.length - lines.length;
  const table = `<table><tr>${head.map(title => `<th>${title}</th>`).join('')}</tr>\n${lines.join('\n')}\n</table>`;
  return [
    `<h3>${TITLES[outcome]}</h3>`,
    rows.length > 0 ? table : '',
    more > 0 ? `<p>… and ${more} more; the log has them all.</p>` : '',
    list('What went wrong', failures),
    list('Worth knowing', warnings),
  ]
    .filter(part => part !== '')
    .join('\n')
    .concat('\n');
}

function tableRow({ app, target, stream, done, time, size }: Row): string {
  return `<tr>${[app, target, stream, done, time, size].map(cell => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
}

function list(title: string, sentences: readonly string[]): string {
  if (sentences.length === 0) return '';
  const items = sentences.slice(0, 50).map(sentence => `<li>${escapeHtml(sentence)}</li>`);
  return `<h4>${title}</h4>\n<ul>\n${items.join('\n')}\n</ul>`;
}

/** Inside HTML neither tags nor Markdown are read, and a line break must not end the block. */
function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    '@': '&#64;',
  };
  return text.replace(/[&<>"@]/g, letter => entities[letter] ?? letter).replace(/\s*[\r\n]\s*/g, ' ');
}
