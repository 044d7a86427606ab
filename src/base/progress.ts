import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { formatBytes, formatDuration } from './units.ts';

/** Milliseconds between two lines about one transfer. */
const EVERY = 5_000;

/** The bytes as they come; a long transfer says every few seconds how far it is, how fast, and how long yet. */
export async function* withProgress(
  content: AsyncIterable<Uint8Array>,
  { clock, log, what, total }: { clock: Clock; log: Log; what: string; total: number | undefined },
): AsyncGenerator<Uint8Array> {
  const began = clock.now();
  let told = began;
  let bytes = 0;
  for await (const piece of content) {
    bytes += piece.length;
    yield piece;
    const now = clock.now();
    if (now - told < EVERY) continue;
    told = now;
    const rate = bytes / ((now - began) / 1000);
    const of = total === undefined ? '' : ` of ${formatBytes(total)}`;
    const left = total === undefined ? '' : `, ${formatDuration(((total - bytes) / rate) * 1000)} left`;
    log.info(`${what}: ${formatBytes(bytes)}${of}, ${formatBytes(rate)}/s${left}.`);
  }
}

/** What the work comes to; as long as it does not, a line says every few seconds how long that has been waited for. */
export async function withWaiting<T>(
  work: Promise<T>,
  { clock, log, what }: { clock: Clock; log: Log; what: string },
): Promise<T> {
  const began = clock.now();
  const tell = () => log.info(`${what} for ${formatDuration(clock.now() - began)}.`);
  const telling = setInterval(tell, EVERY);
  try {
    return await work;
  } finally {
    clearInterval(telling);
  }
}
