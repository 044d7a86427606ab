import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { InputError, messageOf } from '../../base/errors.ts';
import { BUFFER_SIZE, buffered, bufferPool, type SharedBuffer } from './buffers.ts';

/** A file that is being written, and that any number of followers read from its start meanwhile. */
export interface Spool {
  /** Settles when the last byte is on disk; rejects with what broke the source off. */
  whole: Promise<{ bytes: number; sha256: string }>;
  /**
   * The bytes from the beginning, as they arrive; throws what broke the source off. A chunk is valid until the next
   * one is asked for: then its memory is used again.
   */
  follow(): AsyncIterable<Uint8Array>;
  /** Why the source broke off; undefined as long as it has not. */
  broken(): unknown;
  /** Closes the file, once it is whole or broken. */
  close(): Promise<void>;
  /** Closes and removes it. */
  remove(): Promise<void>;
}

/**
 * Writes a transfer to a file while others read it. The source is read once and at its own pace, and a slow follower
 * holds up neither it nor another follower. Memory does not grow with the file; a follower that keeps up gets the bytes
 * from memory.
 */
export async function spool(source: AsyncIterable<Uint8Array>, path: string): Promise<Spool> {
  const file = await open(path, 'wx+', 0o600).catch(cause => {
    throw unwritable(path, cause);
  });
  const growing = new GrowingFile(file, path);
  const whole = growing.write(source);
  whole.catch(() => {});
  const close = async () => {
    await whole.catch(() => {});
    await file.close();
  };
  return {
    whole,
    follow: () => growing.follow(),
    broken: () => growing.broken(),
    close,
    remove: async () => {
      await close();
      await rm(path, { force: true });
    },
  };
}

class GrowingFile {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #take = bufferPool();
  #written = 0;
  #latest: { from: number; buffer: SharedBuffer } | undefined;
  #end: 'none' | 'whole' | { cause: unknown } = 'none';
  #grown = Promise.withResolvers<void>();

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  async write(source: AsyncIterable<Uint8Array>): Promise<{ bytes: number; sha256: string }> {
    const hash = createHash('sha256');
    // One buffer is written while the next one arrives.
    let writing = Promise.resolve();
    let from = 0;
    try {
      for await (const buffer of buffered(source, this.#take)) {
        this.#latest?.buffer.release();
        this.#latest = { from, buffer };
        from += buffer.bytes.length;
        this.#wake();
        hash.update(buffer.bytes);
        await writing;
        buffer.retain();
        writing = this.#append(buffer);
        // It may fail while the source is waited for; the next await throws that.
        writing.catch(() => {});
      }
      await writing;
      this.#end = 'whole';
      return { bytes: this.#written, sha256: hash.digest('hex') };
    } catch (cause) {
      await writing.catch(() => {});
      this.#end = { cause };
      throw cause;
    } finally {
      this.#latest = undefined;
      this.#wake();
    }
  }

  async *follow(): AsyncGenerator<Uint8Array> {
    for (let position = 0; ; ) {
      // Taken before the look, so that what arrives in between is not missed.
      const grown = this.#grown.promise;
      if (typeof this.#end === 'object') throw this.#end.cause;
      const next = this.#bufferAt(position);
      if (next) {
        const buffer = await next;
        position += buffer.bytes.length;
        yield* lent(buffer);
      } else if (this.#end === 'whole') return;
      else await grown;
    }
  }

  broken(): unknown {
    return typeof this.#end === 'object' ? this.#end.cause : undefined;
  }

  #wake() {
    this.#grown.resolve();
    this.#grown = Promise.withResolvers<void>();
  }

  async #append(buffer: SharedBuffer) {
    try {
      await this.#file.writeFile(buffer.bytes);
      this.#written += buffer.bytes.length;
    } catch (cause) {
      throw unwritable(this.#path, cause);
    } finally {
      buffer.release();
      this.#wake();
    }
  }

  /** Undefined, at once, where no byte is there yet: the follower waits then. */
  #bufferAt(position: number): SharedBuffer | Promise<SharedBuffer> | undefined {
    if (this.#latest?.from !== position)
      return position < this.#written ? this.#readBack(position) : undefined;
    this.#latest.buffer.retain();
    return this.#latest.buffer;
  }

  async #readBack(position: number): Promise<SharedBuffer> {
    const buffer = this.#take();
    const length = Math.min(BUFFER_SIZE, this.#written - position);
    const { bytesRead } = await this.#file.read(buffer.bytes, 0, length, position);
    if (bytesRead === 0)
      throw new InputError(`The app's file at ${this.#path} was cut off by somebody else.`);
    buffer.bytes = buffer.bytes.subarray(0, bytesRead);
    return buffer;
  }
}

/** The bytes of a buffer, which is released when the next ones are asked for. */
async function* lent(buffer: SharedBuffer) {
  try {
    yield buffer.bytes;
  } finally {
    buffer.release();
  }
}

function unwritable(path: string, cause: unknown): InputError {
  return new InputError(`The app's file cannot be kept at ${path}: ${messageOf(cause)}.`);
}
