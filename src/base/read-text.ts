import { closeSync, openSync, readSync } from 'node:fs';

/** More than any spec, configuration, certificate or note of a backup has. */
const MOST = 16 * 1024 * 1024;

/**
 * All of a file that a person wrote or exported. A path may come out of a spec and lead anywhere, such as to a device
 * without end: no more than the limit is ever read. Throws what the system says, or EFBIG.
 */
export function readLimited(path: string, most = MOST): Buffer {
  const file = openSync(path, 'r');
  try {
    const pieces: Buffer[] = [];
    for (let left = most; ; ) {
      const piece = Buffer.alloc(Math.min(left + 1, 64 * 1024));
      const got = readSync(file, piece);
      if (got === 0) return Buffer.concat(pieces);
      left -= got;
      if (left < 0) throw Object.assign(new Error(`it has more than ${most} bytes`), { code: 'EFBIG' });
      pieces.push(piece.subarray(0, got));
    }
  } finally {
    closeSync(file);
  }
}

/**
 * The text of a file in UTF-8, or in UTF-16 with a byte order mark, as `>` and `Out-File` of Windows PowerShell write
 * it. A byte order mark is left out.
 */
export function readText(path: string): string {
  const bytes = readLimited(path);
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}
