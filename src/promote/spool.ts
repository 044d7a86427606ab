import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { InputError, messageOf } from '../base/errors.ts';

/** A file that is being written, and can be read from its start by any number of followers meanwhile. */
export interface Spool {
  /** Settles when the last byte is on disk; rejects with what broke the source off. */
  whole: Promise<{ bytes: number; sha256: string }>;
  /** The bytes from the beginning, as they arrive; throws what broke the source off. */
  follow(): AsyncIterable<Uint8Array>;
  /** Why the source broke off; undefined as long as it has not. */
  broken(): unknown;
  /** Lets go of the file, once it is whole or broken. */
  close(): Promise<void>;
  /** Closes and removes it. */
  remove(): Promise<void>;
}

const PIECE = 256 * 1024;

/**
 * Writes a transfer to a file while others read it: the source is read once and at its own pace, and a slow
 * reader holds up neither it nor another reader. Memory does not grow with the file.
 */
export async function spool(source: AsyncIterable<Uint8Array>, path: string): Promise<Spool> {
  const file = await open(path, 'wx+', 0o600).catch(cause => {
    throw unwritable(path, cause);
  });
  let written = 0;
  let end: 'none' | 'whole' | { cause: unknown } = 'none';
  let grown = Promise.withResolvers<void>();
  const wake = () => {
    grown.resolve();
    grown = Promise.withResolvers<void>();
  };

  const write = async () => {
    const hash = createHash('sha256');
    try {
      for await (const piece of source) {
        hash.update(piece);
        await file.writeFile(piece).catch(cause => {
          throw unwritable(path, cause);
        });
        written += piece.length;
        wake();
      }
      end = 'whole';
      return { bytes: written, sha256: hash.digest('hex') };
    } catch (cause) {
      end = { cause };
      throw cause;
    } finally {
      wake();
    }
  };

  async function* follow() {
    for (let position = 0; ; ) {
      // Taken before looking, so that what is written in between is not missed.
      const more = grown.promise;
      if (typeof end === 'object') throw end.cause;
      if (position < written) {
        const length = Math.min(PIECE, written - position);
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
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

function unwritable(path: string, cause: unknown): InputError {
  return new InputError(`The app's file cannot be kept at ${path}: ${messageOf(cause)}.`);
}
