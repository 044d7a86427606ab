/** The most bytes of JSON to read. */
export const MOST_JSON = 16 * 1024 * 1024;
/** The most objects and lists in it: once parsed, each takes many times the memory of its text. */
export const MOST_THINGS = 150_000;
/** The most bytes to read of a refusal or a page: only its beginning is shown. */
const MOST_PAGE = 64 * 1024;

/**
 * Reads a body up to a limit; undefined where it is larger. Then the rest is not read, and the connection is closed.
 * The signal of the call limits the time (time-limit.ts).
 */
export async function readBody(body: AsyncIterable<Uint8Array>, most: number): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  let left = most;
  for await (const piece of body) {
    left -= piece.length;
    if (left < 0) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Whether a JSON text has more objects and lists than the limit. Brackets inside strings count too; they are rare. */
export function hasTooMany(json: Buffer, most = MOST_THINGS): boolean {
  let count = 0;
  // Hundreds of megabytes pass here: the search is five times faster than a look at each byte.
  for (const bracket of [0x7b, 0x5b]) {
    for (let at = json.indexOf(bracket); at >= 0 && count <= most; at = json.indexOf(bracket, at + 1)) {
      count += 1;
    }
  }
  return count > most;
}

/**
 * Reads the beginning of a refusal's body, or the part that came before the connection broke. The status says enough,
 * and a server that refuses a request early often closes the connection after its answer.
 */
export async function readBeginning(body: AsyncIterable<Uint8Array>, most = MOST_PAGE): Promise<string> {
  const pieces: Uint8Array[] = [];
  let left = most;
  try {
    for await (const piece of body) {
      pieces.push(piece.subarray(0, left));
      left -= piece.length;
      if (left <= 0) break;
    }
  } catch {
    // The part that came is shown.
  }
  return Buffer.concat(pieces).toString('utf8');
}
