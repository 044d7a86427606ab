import type { Report } from '../base/report.ts';
import { visible } from '../base/visible.ts';

/** GitHub drops a summary over 1 MiB whole; far below it, rows are left out and counted instead. */
const LIMIT = 900_000;

export interface Room {
  /** So many bytes may the rows of the table have. */
  limit: number;
  /** What has the rows that are left out. */
  rest: string;
}

/** The job summary: a table of what was done, then what went wrong. Every name from a site is escaped. Pure. */
export function summaryOf(
  { title, table, failures, warnings, excerpts, url }: Report,
  { limit, rest }: Room = { limit: LIMIT, rest: 'the log' },
): string {
  const lines: string[] = [];
  let room = limit;
  for (const row of table.rows) {
    const line = tableRow(row);
    room -= Buffer.byteLength(line);
    if (room < 0) break;
    lines.push(line);
  }
  const more = table.rows.length - lines.length;
  const head = `<tr>${table.head.map(name => `<th>${escapeHtml(name)}</th>`).join('')}</tr>`;
  return [
    `<h3>${title}</h3>`,
    lines.length > 0 ? `<table>${head}\n${lines.join('\n')}\n</table>` : '',
    url === undefined ? '' : `<p><a href="${escapeHtml(url)}">Open the app in the hub</a></p>`,
    list('What went wrong', failures),
    ...excerpts.slice(0, 20).map(excerpt),
    list('Worth knowing', warnings),
    more > 0 ? `<p>… and ${more} more; ${escapeHtml(rest)} has them all.</p>` : '',
  ]
    .filter(part => part !== '')
    .join('\n')
    .concat('\n');
}

function tableRow(cells: readonly string[]): string {
  return `<tr>${cells.map(cell => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
}

/** Line by line with breaks of HTML: an empty line would end the block, and Markdown begin. */
function excerpt({ title, text }: Report['excerpts'][number]): string {
  const lines = text.slice(-4000).split(/\r?\n/).map(escapeHtml);
  return `<details><summary>${escapeHtml(title)}</summary><pre>${lines.join('<br>')}</pre></details>`;
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
  return visible(text)
    .replace(/[&<>"@]/g, letter => entities[letter] ?? letter)
    .replace(/\s*[\r\n]\s*/g, ' ');
}
