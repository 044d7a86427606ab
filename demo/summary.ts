/**
 * A job summary as a person reads it on a terminal: it is HTML in Markdown, which GitHub draws. A row of a table
 * becomes a line with its first cell, and a line for each of the others.
 */
export function readable(summary: string): string {
  let head: string[] = [];
  return summary
    .replace(/^```mermaid\n.*?^```$/gms, '')
    .replace(/<tr>(.*?)<\/tr>/gs, (_, row: string) => {
      const cells = [...row.matchAll(/<t[dh]>(.*?)<\/t[dh]>/gs)].map(([, cell = '']) => cell);
      if (!row.includes('<th>')) return `\n${linesOf(cells, head).join('\n')}\n`;
      head = cells;
      return '';
    })
    .replace(/<h3>(.*?)<\/h3>/gs, (_, text: string) => `${text}\n${'='.repeat(plain(text).length)}`)
    .replace(/<li>/g, '- ')
    .replace(/<br>|<\/summary>/g, '\n')
    .split('\n')
    .map(plain)
    .filter(line => line.trim() !== '')
    .join('\n');
}

function linesOf([first = '', ...others]: readonly string[], [, ...head]: readonly string[]): string[] {
  const lines = others.flatMap((cell, column) =>
    cell === '' ? [] : [`    ${head[column]}: ${cell.replaceAll('<br>', '; ')}`],
  );
  return [first.replaceAll('<br>', '; '), ...lines];
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
