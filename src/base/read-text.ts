import { closeSync, openSync, readSync } from 'node:fs';

/** Larger than any spec, configuration, certificate or backup note. Bytes. */
const MOST = 16 * 1024 * 1024;

/**
 * Reads a whole file that a person wrote or exported. The path may come from a spec and lead anywhere, even to an
 * endless device: this never reads more than the limit. Throws the system's error, or EFBIG.
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
 * Decodes the bytes of a file: UTF-8, or UTF-16 with a byte order mark, as `>` and `Out-File` of Windows PowerShell
 * write it. The byte order mark is removed.
 */
export function readText(path: string): string {
  const bytes = readLimited(path);
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}
