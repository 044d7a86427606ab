/**
 * A name from a site as a part of a file's name on any system: letters, digits and a few marks stay, everything
 * else becomes a dash. It cannot leave its folder and is not unique; what is to be told apart needs an id beside it.
 */
export function safeFileName(name: string): string {
  const safe = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N} ._()-]/gu, '-')
    .replace(/^[. ]+|[. ]+$/g, '')
    .trim();
  const short = shorten(safe, LONGEST) || 'unnamed';
  // Windows keeps these names for itself, with any ending.
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(short) ? `_${short}` : short;
}

/** Bytes: with an id and an ending beside it a name stays under the 255 that file systems take. */
const LONGEST = 120;

function shorten(name: string, bytes: number): string {
  let short = '';
  for (const letter of name) {
    if (Buffer.byteLength(short + letter) > bytes) break;
    short += letter;
  }
  return short.replace(/[. ]+$/, '');
}
