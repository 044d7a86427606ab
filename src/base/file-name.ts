/**
 * Turns a name from a site into a part of a file name that every system accepts: letters, digits and a few marks stay,
 * everything else becomes a dash. The result cannot lead out of its folder. It is not unique: add an id where names
 * may collide.
 */
export function safeFileName(name: string): string {
  const safe = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N} ._()-]/gu, '-')
    .replace(/^[. ]+|[. ]+$/g, '')
    .trim();
  const short = shorten(safe, LONGEST) || 'unnamed';
  // Windows reserves these names, with any extension.
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(short) ? `_${short}` : short;
}

/** Bytes. With an id and an extension added, the name stays under the 255 bytes that file systems accept. */
const LONGEST = 120;

function shorten(name: string, bytes: number): string {
  let short = '';
  for (const letter of name) {
    if (Buffer.byteLength(short + letter) > bytes) break;
    short += letter;
  }
  return short.replace(/[. ]+$/, '');
}
