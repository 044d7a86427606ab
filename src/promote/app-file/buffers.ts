/**
 * What is written and handed on at a time. TLS brings 16 KiB at a time, and each of those would cost a turn of the
 * thread that writes, and memory of its own.
 */
export const PIECE = 256 * 1024;

/** Some bytes in memory that is used again when the last one that uses them has let go. Its maker uses it. */
export interface LentBuffer {
  bytes: Buffer;
  use(): void;
  letGo(): void;
}

/** Gives out pieces. Who never lets go keeps the memory to itself; it goes the way of all garbage. */
export function supply(): () => LentBuffer {
  const free: Buffer[] = [];
  return () => {
    const memory = free.pop() ?? Buffer.allocUnsafeSlow(PIECE);
    let users = 1;
    return {
      bytes: memory,
      use: () => {
        users += 1;
      },
      letGo: () => {
        users -= 1;
        if (users === 0) free.push(memory);
      },
    };
  };
}

/** The same bytes in pieces of one size, but for the last, and the first, which uploads wait for. */
export async function* gathered(
  source: AsyncIterable<Uint8Array>,
  memory: () => LentBuffer,
): AsyncGenerator<LentBuffer> {
  let piece = memory();
  let filled = 0;
  let wanted = 1;
  for await (const bytes of source) {
    for (let taken = 0; taken < bytes.length; ) {
      const part = bytes.subarray(taken, taken + PIECE - filled);
      piece.bytes.set(part, filled);
      taken += part.length;
      filled += part.length;
      if (filled < wanted) continue;
      yield filledTo(piece, filled);
      piece = memory();
      filled = 0;
      wanted = PIECE;
    }
  }
  if (filled > 0) yield filledTo(piece, filled);
}

function filledTo(piece: LentBuffer, length: number): LentBuffer {
  piece.bytes = piece.bytes.subarray(0, length);
  return piece;
}
