import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { InputError, messageOf } from '../../base/errors.ts';
import { BUFFER_SIZE, buffered, bufferPool, type SharedBuffer } from './buffers.ts';
import { startWriter, type Writer } from './writer.ts';

/**
 * Files of this size or more get a thread; for a smaller file, starting the thread takes longer than writing. Bytes.
 */
const LARGE = 64 * 2 ** 20;
/** The most buffers that may wait for the thread. */
const BEHIND = 8;

/** A file that is being written, while any number of followers read it from its start. */
export interface Spool {
  /** Resolves when the last byte is on disk; rejects with the source's error. */
  whole: Promise<{ bytes: number; sha256: string }>;
  /**
   * The bytes from the beginning, as they arrive; throws the source's error. A chunk is valid until the next one is
   * read: then its memory is reused.
   */
  follow(): AsyncIterable<Uint8Array>;
  /** The source's error; undefined as long as it has not failed. */
  broken(): unknown;
  /** Closes the file, when it is complete or has failed. */
  close(): Promise<void>;
  /** Closes and removes it. */
  remove(): Promise<void>;
}

/**
 * Writes a transfer to a file while others read it. The source is read once, at its own pace; a slow follower delays
 * neither the source nor other followers. Memory does not grow with the file; a follower that keeps up reads from
 * memory.
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
    const writing: Promise<void>[] = [];
    let writer: Writer | undefined;
    let from = 0;
    try {
      for await (const buffer of buffered(source, this.#take)) {
        this.#latest?.buffer.release();
        this.#latest = { from, buffer };
        this.#wake();
        if (!writer && from >= LARGE) {
          await Promise.all(writing.splice(0));
          writer = startWriter(this.#file.fd, from);
        }
        if (!writer) hash.update(buffer.bytes);
        // Without the thread, one buffer is written while the next one arrives.
        if (writing.length >= (writer ? BEHIND : 1)) await writing.shift();
        buffer.retain();
        const written = this.#append(buffer, from, writer);
        // It may fail while the source is slow; the next await throws that error.
        written.catch(() => {});
        writing.push(written);
        from += buffer.bytes.length;
      }
      await Promise.all(writing);
      const sha256 = writer ? await writer.digest() : hash.digest('hex');
      this.#end = 'whole';
      return { bytes: this.#written, sha256 };
    } catch (cause) {
      await Promise.allSettled(writing);
      this.#end = { cause };
      throw cause;
    } finally {
      this.#latest = undefined;
      this.#wake();
      await writer?.close();
    }
  }

  async *follow(): AsyncGenerator<Uint8Array> {
    for (let position = 0; ; ) {
      // Created before the look, so that bytes that arrive in between are not missed.
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

  async #append(buffer: SharedBuffer, position: number, writer: Writer | undefined) {
    try {
      if (writer) await writer.write(buffer.bytes, position);
      else await this.#file.writeFile(buffer.bytes);
      this.#written = position + buffer.bytes.length;
    } catch (cause) {
      throw unwritable(this.#path, cause);
    } finally {
      buffer.release();
      this.#wake();
    }
  }

  /** Undefined, at once, where no byte is there yet: then the follower waits. */
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

/** The bytes of a buffer, which is released when the next ones are read. */
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
