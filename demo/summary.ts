/**
 * A job summary as a person reads it: the summary is HTML in Markdown, which GitHub draws and a terminal does not.
 */
export function readable(summary: string): string {
  const widths: number[] = [];
  const rows = [...summary.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[dh]>(.*?)<\/t[dh]>/gs)].map(([, cell = '']) => plain(cell)),
  );
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  const aligned = rows.map(row => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  let next = 0;
  return summary
    .replace(/<tr>.*?<\/tr>/gs, () => `\n${aligned[next++]?.trimEnd()}\n`)
    .replace(/<h3>(.*?)<\/h3>/gs, (_, text: string) => `${text}\n${'='.repeat(plain(text).length)}`)
    .replace(/<li>/g, '- ')
    .replace(/<br>|<\/summary>/g, '\n')
    .split('\n')
    .map(plain)
    .filter(line => line.trim() !== '')
    .join('\n');
}

function plain(html: string): string {
  const letters: Record<string, string> = {
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#64;': '@',
    '&amp;': '&',
  };
  return html.replace(/<[^>]*>/g, '').replace(/&(lt|gt|quot|#64|amp);/g, letter => letters[letter] ?? letter);
}
