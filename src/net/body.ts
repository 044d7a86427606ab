/** JSON is read up to so many bytes. */
export const MOST_JSON = 16 * 1024 * 1024;
/** So many objects and lists may be in it: parsed, each takes many times the memory of its text. */
export const MOST_THINGS = 150_000;
/** Of refusals and pages only the beginning is shown. */
const MOST_PAGE = 64 * 1024;

/**
 * Reads a body up to a limit; undefined where it is larger. The rest is not read, and the connection is closed. How long it may take is up to the signal of the call that the body belongs to
 * (time-limit.ts).
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

/** Whether a JSON text holds more objects and lists than may be parsed. Brackets in texts count, and are few. */
export function hasTooMany(json: Uint8Array, most = MOST_THINGS): boolean {
  let count = 0;
  // Hundreds of megabytes pass here, and an iterator takes ten times as long.
  for (let at = 0; at < json.length; at += 1) {
    const letter = json[at];
    if (letter === 0x7b || letter === 0x5b) count += 1;
  }
  return count > most;
}

/**
 * The beginning of a body, or what came of it before it broke off: for a refusal, whose status says enough. A server
 * that refuses a request early often closes the connection behind its answer.
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
