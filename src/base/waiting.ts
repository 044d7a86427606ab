import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { formatBytes, formatDuration } from './units.ts';

/** The phrase for what is waited for; its parameter is how long so far, such as `35 s`. */
export type Waited = (time: string) => string;

/** Shows what the run waits for, so that nobody takes a long wait for a hang. */
export interface WaitingBoard {
  /** Shows a wait, until the returned function is called. */
  waiting(what: Waited): () => void;
}

export interface BoardOptions {
  now(): number;
  /** Calls `tick` each `ms` milliseconds, until the function that it returns is called. */
  every(ms: number, tick: () => void): () => void;
  /** Writes a line to a log. */
  line(text: string): void;
  /** Replaces the status line of a terminal. Absent where there is no terminal. */
  status?: ((text: string) => void) | undefined;
}

const SECOND = 1_000;
/** Between two lines of a log: ten seconds at first, later a quarter of the time that the run has taken so far. Ms. */
const OFTENEST = 10_000;
const RAREST = 300_000;
const PART = 4;
/** The most waits to name at a time, the longest first. */
const NAMED = 3;

/** One board for a whole run: waits at the same time share its lines. */
export function waitingBoard({ now, every, line, status }: BoardOptions): WaitingBoard {
  const waits = new Set<{ since: number; what: Waited }>();
  let began: number | undefined;
  let shown = 0;
  let stop: (() => void) | undefined;
  const look = () => {
    const time = now();
    const pause = status ? SECOND : Math.min(RAREST, Math.max(OFTENEST, (time - (began ?? time)) / PART));
    if (waits.size === 0 || time - shown < pause) return;
    shown = time;
    (status ?? line)(sentence([...waits], time));
  };
  return {
    waiting: what => {
      const wait = { since: now(), what };
      if (began === undefined) [began, shown] = [wait.since, wait.since];
      waits.add(wait);
      look();
      stop ??= every(SECOND, look);
      return () => {
        waits.delete(wait);
        if (waits.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}

/** The longest waits, and the number of the others. A wait that has just begun is shown only where no other is. */
function sentence(waits: readonly { since: number; what: Waited }[], time: number): string {
  const long = waits.filter(({ since }) => time - since >= SECOND);
  const worth = long.length > 0 ? long : waits;
  const named = worth.slice(0, NAMED).map(({ since, what }) => what(formatDuration(time - since)));
  const more = worth.length - named.length;
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
}

/** Runs the work, and shows it on the board until it ends. */
export async function whileWaiting<T>(
  log: Pick<Log, 'waiting'>,
  what: Waited,
  work: () => Promise<T>,
): Promise<T> {
  const done = log.waiting?.(what);
  try {
    return await work();
  } finally {
    done?.();
  }
}

/** The progress of a transfer; `after` names the wait after the last byte. */
export interface TransferProgress {
  clock: Clock;
  what: string;
  /** Bytes, when known. */
  total: number | undefined;
  after?: Waited;
}

/** A transfer that the board shows until it ends. */
export async function* shown(
  log: Pick<Log, 'waiting'>,
  transfer: AsyncIterable<Uint8Array>,
  passing: TransferProgress,
): AsyncGenerator<Uint8Array> {
  const { content, words } = countBytes(transfer, passing);
  const done = log.waiting?.(words);
  try {
    yield* content;
  } finally {
    done?.();
  }
}

/** Counts bytes as they pass, and words the progress: how many, how fast, and how long to go. */
export function countBytes(
  content: AsyncIterable<Uint8Array>,
  { clock, what, total, after }: TransferProgress,
) {
  const began = clock.now();
  let bytes = 0;
  let ended: number | undefined;
  async function* passed() {
    try {
      for await (const piece of content) {
        bytes += piece.length;
        yield piece;
      }
    } finally {
      ended = clock.now();
    }
  }
  const words: Waited = () => {
    if (ended !== undefined && after) return after(formatDuration(clock.now() - ended));
    const rate = bytes / Math.max(1, (clock.now() - began) / 1000);
    const of = total === undefined ? '' : ` of ${formatBytes(total)}`;
    const left =
      total === undefined || rate === 0 ? '' : `, ${formatDuration(((total - bytes) / rate) * 1000)} left`;
    return `${what}: ${formatBytes(bytes)}${of}, ${formatBytes(rate)}/s${left}`;
  };
  return { content: passed(), words };
}
