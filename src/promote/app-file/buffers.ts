/**
 * The size of a buffer, and of one write, in bytes. TLS delivers 16 KiB at a time; a write for each of these would cost
 * a turn of the event loop and memory of its own.
 */
export const BUFFER_SIZE = 256 * 1024;

/** A buffer that is reused once all its users have released it. Whoever takes it from the pool is its first user. */
export interface SharedBuffer {
  bytes: Buffer;
  retain(): void;
  release(): void;
}

/**
 * Hands out buffers, which threads can share. A buffer that is never released is not reused; it is garbage-collected.
 */
export function bufferPool(): () => SharedBuffer {
  const free: Buffer[] = [];
  return () => {
    const memory = free.pop() ?? Buffer.from(new SharedArrayBuffer(BUFFER_SIZE));
    let users = 1;
    return {
      bytes: memory,
      retain: () => {
        users += 1;
      },
      release: () => {
        users -= 1;
        if (users === 0) free.push(memory);
      },
    };
  };
}

/** The bytes of a source in full buffers, except the last one, and the first, for which uploads wait. */
export async function* buffered(
  source: AsyncIterable<Uint8Array>,
  take: () => SharedBuffer,
): AsyncGenerator<SharedBuffer> {
  let buffer = take();
  let filled = 0;
  let wanted = 1;
  for await (const bytes of source) {
    for (let taken = 0; taken < bytes.length; ) {
      const part = bytes.subarray(taken, taken + BUFFER_SIZE - filled);
      buffer.bytes.set(part, filled);
      taken += part.length;
      filled += part.length;
      if (filled < wanted) continue;
      yield cutTo(buffer, filled);
      buffer = take();
      filled = 0;
      wanted = BUFFER_SIZE;
    }
  }
  if (filled > 0) yield cutTo(buffer, filled);
}

function cutTo(buffer: SharedBuffer, length: number): SharedBuffer {
  buffer.bytes = buffer.bytes.subarray(0, length);
  return buffer;
}
