import { readFileSync } from 'node:fs';

/**
 * The text of a file in UTF-8, or in UTF-16 with a byte order mark, as `>` and `Out-File` of Windows PowerShell write
 * it. A byte order mark is left out.
 */
export function readText(path: string): string {
  const bytes = readFileSync(path);
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}
