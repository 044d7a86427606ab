/**
 * A name from a site as a part of a file's name on any system: letters, digits and a few marks stay, everything
 * else becomes a dash. It cannot leave its folder and is not unique; what is to be told apart needs an id beside it.
 */
export function safeFileName(name: string): string {
  const safe = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N} ._()-]/gu, '-')
    .replace(/^[. ]+|[. ]+$/g, '')
    .slice(0, 80)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trim();
  return safe === '' ? 'unnamed' : safe;
}
