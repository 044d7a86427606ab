import { visible } from '../../base/visible.ts';

/** Markup in which every text is escaped. */
export interface Html {
  markup: string;
}

type Piece = string | number | Html | readonly Html[];

/** Makes markup of a template. A text that is filled in never becomes markup; other markup does. */
export function html(parts: TemplateStringsArray, ...filled: readonly Piece[]): Html {
  return { markup: String.raw({ raw: parts }, ...filled.map(markupOf)) };
}

function markupOf(piece: Piece): string {
  if (typeof piece !== 'object') return escaped(String(piece));
  return 'markup' in piece ? piece.markup : piece.map(markupOf).join('');
}

/** Direction marks and control characters are written out: they could hide or reverse what stands beside them. */
function escaped(text: string): string {
  return visible(text).replace(/[&<>"'`]/g, letter => `&#${letter.charCodeAt(0)};`);
}

/** A table, or a sentence where it would be empty. */
export function table(heads: readonly string[], rows: readonly (readonly Piece[])[], none: string): Html {
  if (rows.length === 0) return html`<p>${none}</p>`;
  const cells = (row: readonly Piece[]) => row.map(cell => html`<td>${cell}</td>`);
  return html`<div><table><thead><tr>${heads.map(head => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(row => html`<tr>${cells(row)}</tr>\n`)}</tbody></table></div>`;
}
