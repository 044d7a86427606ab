/** JSON is read up to so many bytes. */
export const MOST_JSON = 16 * 1024 * 1024;
/** Of refusals and pages only the beginning is shown. */
export const MOST_PAGE = 64 * 1024;

/** What was read of a body. */
export interface Body {
  bytes: Buffer;
  /** Nothing more would have come. */
  whole: boolean;
}

/**
 * Reads a body up to a limit, whatever the other end goes on to send: the rest is not read, and its connection is
 * closed. How long it may take is up to the signal of the call that the body belongs to (time-limit.ts).
 */
export async function readBody(body: AsyncIterable<Uint8Array>, most: number): Promise<Body> {
  const pieces: Uint8Array[] = [];
  let left = most;
  for await (const piece of body) {
    if (piece.length > left) {
      pieces.push(piece.subarray(0, left));
      return { bytes: Buffer.concat(pieces), whole: false };
    }
    left -= piece.length;
    pieces.push(piece);
  }
  return { bytes: Buffer.concat(pieces), whole: true };
}

/**
 * What came of a body before it ended or broke off: for a refusal, whose status says enough. A server that refuses a
 * request early often closes the connection behind its answer.
 */
export async function readBeginning(body: AsyncIterable<Uint8Array>, most = MOST_PAGE): Promise<string> {
  const pieces: Uint8Array[] = [];
  async function* kept() {
    for await (const piece of body) {
      pieces.push(piece);
      yield piece;
    }
  }
  try {
    return (await readBody(kept(), most)).bytes.toString('utf8');
  } catch {
    return Buffer.concat(pieces).toString('utf8');
  }
}
