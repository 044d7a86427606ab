import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { InputError, messageOf } from '../../base/errors.ts';
import { gathered, type LentBuffer, PIECE, supply } from './buffers.ts';

/** A file that is being written, and can be read from its start by any number of followers meanwhile. */
export interface Spool {
  /** Settles when the last byte is on disk; rejects with what broke the source off. */
  whole: Promise<{ bytes: number; sha256: string }>;
  /**
   * The bytes from the beginning, as they arrive; throws what broke the source off. A piece is good until the next
   * one is asked for: then its memory is used again.
   */
  follow(): AsyncIterable<Uint8Array>;
  /** Why the source broke off; undefined as long as it has not. */
  broken(): unknown;
  /** Lets go of the file, once it is whole or broken. */
  close(): Promise<void>;
  /** Closes and removes it. */
  remove(): Promise<void>;
}

/**
 * Writes a transfer to a file while others read it: the source is read once and at its own pace, and a slow
 * reader holds up neither it nor another reader. Memory does not grow with the file, and a reader that keeps up
 * is spared the way through the file.
 */
export async function spool(source: AsyncIterable<Uint8Array>, path: string): Promise<Spool> {
  const file = await open(path, 'wx+', 0o600).catch(cause => {
    throw unwritable(path, cause);
  });
  const memory = supply();
  let written = 0;
  let latest: { from: number; piece: LentBuffer } | undefined;
  let end: 'none' | 'whole' | { cause: unknown } = 'none';
  let grown = Promise.withResolvers<void>();
  const wake = () => {
    grown.resolve();
    grown = Promise.withResolvers<void>();
  };

  const put = async (piece: LentBuffer) => {
    try {
      await file.writeFile(piece.bytes);
      written += piece.bytes.length;
    } catch (cause) {
      throw unwritable(path, cause);
    } finally {
      piece.letGo();
      wake();
    }
  };

  const write = async () => {
    const hash = createHash('sha256');
    // One piece is written while the next one arrives.
    let writing = Promise.resolve();
    let from = 0;
    try {
      for await (const piece of gathered(source, memory)) {
        latest?.piece.letGo();
        latest = { from, piece };
        from += piece.bytes.length;
        wake();
        hash.update(piece.bytes);
        await writing;
        piece.use();
        writing = put(piece);
        // It may fail while the source is waited for; that is seen when it is awaited.
        writing.catch(() => {});
      }
      await writing;
      end = 'whole';
      return { bytes: written, sha256: hash.digest('hex') };
    } catch (cause) {
      await writing.catch(() => {});
      end = { cause };
      throw cause;
    } finally {
      latest = undefined;
      wake();
    }
  };

  const readBack = async (position: number) => {
    const piece = memory();
    const length = Math.min(PIECE, written - position);
    const { bytesRead } = await file.read(piece.bytes, 0, length, position);
    if (bytesRead === 0) throw new InputError(`The app's file at ${path} was cut off by somebody else.`);
    piece.bytes = piece.bytes.subarray(0, bytesRead);
    return piece;
  };

  /** Undefined as long as nothing is there; known at once, as a reader waits then. */
  const pieceAt = (position: number): LentBuffer | Promise<LentBuffer> | undefined => {
    if (latest?.from !== position) return position < written ? readBack(position) : undefined;
    latest.piece.use();
    return latest.piece;
  };

  async function* follow() {
    for (let position = 0; ; ) {
      // Taken before looking, so that what arrives in between is not missed.
      const more = grown.promise;
      if (typeof end === 'object') throw end.cause;
      const next = pieceAt(position);
      if (next) {
        const piece = await next;
        position += piece.bytes.length;
        yield* lent(piece);
      } else if (end === 'whole') return;
      else await more;
    }
  }

  const whole = write();
  whole.catch(() => {});
  const close = async () => {
    await whole.catch(() => {});
    await file.close();
  };
  return {
    whole,
    follow,
    broken: () => (typeof end === 'object' ? end.cause : undefined),
    close,
    remove: async () => {
      await close();
      await rm(path, { force: true });
    },
  };
}

/** A piece's bytes, until more is asked for. */
async function* lent(piece: LentBuffer) {
  try {
    yield piece.bytes;
  } finally {
    piece.letGo();
  }
}

function unwritable(path: string, cause: unknown): InputError {
  return new InputError(`The app's file cannot be kept at ${path}: ${messageOf(cause)}.`);
}
