import type { Cell, Line, Report, Rows, Span, Table } from '../base/report.ts';
import { visible } from '../base/visible.ts';

/** GitHub drops a summary over 1 MiB whole; far below it, rows are counted and left out. Bytes. */
const LIMIT = 800_000;
/** The most sentences of one kind to show. */
const SENTENCES = 50;
/** The most bytes for the sentences of one kind: a sentence may name sixty objects. */
const LIST = 40_000;

export interface Room {
  /** The most bytes for the rows of the table. */
  limit: number;
  /** Where the reader finds the rows that are left out. */
  rest: string;
}

/**
 * The job summary as Markdown: the result, failures, a table, and notes. Every name from a site is escaped. Pure.
 */
export function summaryOf(report: Report, room: Room = { limit: LIMIT, rest: 'the log' }): string {
  const {
    title,
    verdict,
    remarks = [],
    table,
    failures,
    warnings,
    excerpts,
    url,
    diagram,
    problems = [],
    details: moreAbout = [],
  } = report;
  const frames = problems.flatMap(({ place }) => (place ? [frame(place.from, place.frame)] : []));
  return [
    `<h3>${escapeHtml(title)}</h3>`,
    verdict === undefined ? '' : `<p>${escapeHtml(verdict)}</p>`,
    list('What went wrong', failures),
    ...frames.slice(0, 20),
    ...excerpts.slice(0, 20).map(excerpt),
    remarks.length === 0 ? '' : `<p>${remarks.slice(0, SENTENCES).map(escapeHtml).join('<br>')}</p>`,
    ...tables(table, room),
    ...moreAbout.map(({ title, sentences }) => details(title, items(sentences))),
    url === undefined ? '' : `<p>${link('Open the app in the hub', url)}</p>`,
    files(report.paths),
    list('Worth knowing', warnings),
    diagram === undefined ? '' : `\n\`\`\`mermaid\n${diagram}\n\`\`\``,
  ]
    .filter(part => part !== '')
    .join('\n')
    .concat('\n');
}

/** A runner's disk is gone when its job ends. */
function files(paths: Report['paths']): string {
  const outputs = Object.keys(paths).map(name => `<code>${escapeHtml(name)}</code>`);
  if (outputs.length === 0) return '';
  return `<p>The files are in the folder that the output ${outputs.join(' or ')} names. To keep them, upload the folder in a later step.</p>`;
}

/** The rows with changes, then the others, as long as there is room. */
function tables({ head, rows, folded }: Table, { limit, rest }: Room): string[] {
  const [shown, room] = fittingRows(rows, limit);
  const [hidden] = fittingRows(folded?.rows ?? [], room);
  const more = rows.length - shown.length;
  return [
    tableOf(head, shown),
    more > 0 ? `<p>… and ${more} more; ${escapeHtml(rest)} has them all.</p>` : '',
    folded === undefined
      ? ''
      : details(folded.title, foldedTable(head, hidden, folded.rows.length - hidden.length)),
  ];
}

function foldedTable(head: readonly string[], rows: readonly string[], more: number): string {
  return [tableOf(head, rows), more > 0 ? `<p>… and ${more} more.</p>` : ''].join('\n');
}

function fittingRows(rows: Rows, limit: number): [string[], number] {
  const shown: string[] = [];
  let room = limit;
  for (const row of rows) {
    const line = `<tr>${row.map(cell => `<td>${cellOf(cell)}</td>`).join('')}</tr>`;
    room -= Buffer.byteLength(line);
    if (room < 0) return [shown, 0];
    shown.push(line);
  }
  return [shown, room];
}

function tableOf(head: readonly string[], rows: readonly string[]): string {
  if (rows.length === 0) return '';
  const names = head.map(name => `<th>${escapeHtml(name)}</th>`).join('');
  return `<table><tr>${names}</tr>\n${rows.join('\n')}\n</table>`;
}

function cellOf(cell: Cell): string {
  return typeof cell === 'string' ? escapeHtml(cell) : cell.map(lineOf).join('<br>');
}

function lineOf(line: Line): string {
  return line.map(spanOf).join('');
}

function spanOf({ text, url, title }: Span): string {
  if (url !== undefined) return link(text, url, title);
  return title === undefined
    ? escapeHtml(text)
    : `<span title="${escapeHtml(title)}">${escapeHtml(text)}</span>`;
}

function link(text: string, url: string, title?: string): string {
  const shown = title === undefined ? '' : ` title="${escapeHtml(title)}"`;
  return `<a href="${escapeHtml(url)}"${shown}>${escapeHtml(text)}</a>`;
}

function excerpt({ title, text }: Report['excerpts'][number]): string {
  return details(title, block(text.slice(-4000)));
}

function frame(from: string, lines: string): string {
  return `<p>${escapeHtml(from)}:</p>${block(lines)}`;
}

/** Joins lines by HTML breaks: an empty line would end the HTML block, and Markdown would begin. */
function block(text: string): string {
  return `<pre>${text.split(/\r?\n/).map(escapeHtml).join('<br>')}</pre>`;
}

function details(title: string, content: string): string {
  return `<details><summary>${escapeHtml(title)}</summary>${content}</details>`;
}

function list(title: string, sentences: readonly string[]): string {
  return sentences.length === 0 ? '' : `<h4>${title}</h4>\n${items(sentences)}`;
}

function items(sentences: readonly string[]): string {
  let room = LIST;
  const shown = sentences
    .slice(0, SENTENCES)
    .map(sentence => `<li>${escapeHtml(sentence)}</li>`)
    .filter(item => {
      room -= Buffer.byteLength(item);
      return room >= 0;
    });
  const more = sentences.length - shown.length;
  const rest = more > 0 ? [`<li>… and ${more} more; the log has them all.</li>`] : [];
  return `<ul>\n${[...shown, ...rest].join('\n')}\n</ul>`;
}

/** Escapes a text for HTML, and replaces its line breaks, which could end the block. */
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
