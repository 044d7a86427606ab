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

/** Between two lines about one wait, ms at most; a terminal writes one line again and again. */
const RAREST = 300_000;
const EVERY_SECOND = 1_000;

/**
 * What the work comes to. While it does not, a line says how long that has been waited for: after `first` ms, and
 * then at doubling pauses.
 */
export async function withWaiting<T>(
  work: Promise<T>,
  { clock, log, what, first }: { clock: Clock; log: Log; what: (waited: string) => string; first: number },
): Promise<T> {
  const began = clock.now();
  const { progress } = log;
  let telling: NodeJS.Timeout | undefined;
  const tellAfter = (pause: number) => {
    telling = setTimeout(() => {
      const line = what(formatDuration(clock.now() - began));
      if (progress) progress(line);
      else log.info(line);
      tellAfter(progress ? EVERY_SECOND : Math.min(pause * 2, RAREST));
    }, pause);
    telling.unref();
  };
  tellAfter(first);
  try {
    return await work;
  } finally {
    clearTimeout(telling);
  }
}

function pace(log: Log): { every: number; tell: (line: string) => void } {
  const { progress } = log;
  return progress
    ? { every: LIVE, tell: line => progress(line) }
    : { every: EVERY, tell: line => log.info(line) };
}
