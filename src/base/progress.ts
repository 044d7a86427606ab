import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { formatBytes, formatDuration } from './units.ts';

/** Milliseconds between two lines of a log about one transfer, and between two looks of a person at a terminal. */
const EVERY = 5_000;
const LIVE = 250;

/** The bytes as they come; a long transfer says every few seconds how far it is, how fast, and how long yet. */
export async function* withProgress(
  content: AsyncIterable<Uint8Array>,
  { clock, log, what, total }: { clock: Clock; log: Log; what: string; total: number | undefined },
): AsyncGenerator<Uint8Array> {
  const began = clock.now();
  let told = began;
  let bytes = 0;
  const { every, tell } = pace(log);
  for await (const piece of content) {
    bytes += piece.length;
    yield piece;
    const now = clock.now();
    if (now - told < every) continue;
    told = now;
    const rate = bytes / ((now - began) / 1000);
    const of = total === undefined ? '' : ` of ${formatBytes(total)}`;
    const left = total === undefined ? '' : `, ${formatDuration(((total - bytes) / rate) * 1000)} left`;
    tell(`${what}: ${formatBytes(bytes)}${of}, ${formatBytes(rate)}/s${left}.`);
  }
}

/** What the work comes to; as long as it does not, a line says every few seconds how long that has been waited for. */
export async function withWaiting<T>(
  work: Promise<T>,
  { clock, log, what }: { clock: Clock; log: Log; what: string },
): Promise<T> {
  const began = clock.now();
  const { every, tell } = pace(log);
  const telling = setInterval(
    () => tell(`${what} for ${formatDuration(clock.now() - began)}.`),
    Math.max(every, 1_000),
  );
  try {
    return await work;
  } finally {
    clearInterval(telling);
  }
}

function pace(log: Log): { every: number; tell: (line: string) => void } {
  const { progress } = log;
  return progress
    ? { every: LIVE, tell: line => progress(line) }
    : { every: EVERY, tell: line => log.info(line) };
}
