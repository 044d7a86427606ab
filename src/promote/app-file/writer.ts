import { Worker } from 'node:worker_threads';

/** Writes a file and hashes it, in a thread of its own. */
export interface Writer {
  /** Rejects with the system's error. The bytes must be in shared memory, and unchanged until it resolves. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** SHA-256 of the whole file in hex, after the last write. */
  digest(): Promise<string>;
  close(): Promise<void>;
}

type Order = { bytes: Uint8Array; position: number } | 'digest';
interface Answer {
  sha256?: string;
  error?: unknown;
}

/**
 * A thread that writes and hashes, so that the main thread only serves the network: for 1 GiB, writing and hashing take
 * as long as TLS. `file` is open for reading and writing, and already has `length` bytes. The thread answers each order
 * in turn.
 */
export function startWriter(file: number, length: number): Writer {
  const worker = new Worker(`(${serve})()`, { eval: true, workerData: { file, length } });
  const waiting: PromiseWithResolvers<Answer>[] = [];
  worker.on('message', (answer: Answer) => {
    const asked = waiting.shift();
    if ('error' in answer) asked?.reject(answer.error);
    else asked?.resolve(answer);
  });
  let ended: unknown;
  const end = (cause: unknown) => {
    ended ??= cause;
    for (const asked of waiting.splice(0)) asked.reject(ended);
  };
  worker.on('error', end);
  worker.on('exit', () => end(new Error('the thread that writes the file has ended')));
  const order = (message: Order) => {
    const asked = Promise.withResolvers<Answer>();
    // A thread that has ended does not answer.
    if (ended !== undefined) asked.reject(ended);
    else {
      waiting.push(asked);
      worker.postMessage(message);
    }
    return asked.promise;
  };
  return {
    write: async (bytes, position) => {
      await order({ bytes, position });
    },
    digest: async () => (await order('digest')).sha256 ?? '',
    close: async () => {
      await worker.terminate();
    },
  };
}

/** Runs in the thread, which gets only the source of this function: a bundled executable has no second file. */
function serve(): void {
  const { createHash } = process.getBuiltinModule('node:crypto');
  const { readSync, writeSync } = process.getBuiltinModule('node:fs');
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const { file, length } = workerData;
  const hash = createHash('sha256');
  const digestStart = () => {
    const bytes = new Uint8Array(1_048_576);
    for (let at = 0; at < length; ) {
      const count = readSync(file, bytes, 0, Math.min(bytes.length, length - at), at);
      if (count === 0) throw new Error('the file was cut off by somebody else');
      hash.update(bytes.subarray(0, count));
      at += count;
    }
  };
  let started = false;
  parentPort?.on('message', (order: Order) => {
    try {
      if (!started) digestStart();
      started = true;
      if (order === 'digest') {
        parentPort.postMessage({ sha256: hash.digest('hex') });
        return;
      }
      const { bytes, position } = order;
      for (let done = 0; done < bytes.length; )
        done += writeSync(file, bytes, done, bytes.length - done, position + done);
      hash.update(bytes);
      parentPort.postMessage({});
    } catch (error) {
      parentPort.postMessage({ error });
    }
  });
}
