interface Signals {
  on(name: 'SIGINT' | 'SIGTERM' | 'SIGBREAK', listener: () => void): unknown;
}

/**
 * Aborts when the process is asked to end. A runner sends SIGINT when a job is cancelled, SIGTERM 7.5 s later, and ends
 * the process after 10 s; Windows sends SIGBREAK for Ctrl-Break and has no SIGTERM. The first signal begins an orderly
 * end; later ones change nothing.
 */
export function stopSignal(source: Signals): AbortSignal {
  const stopped = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) source.on(name, () => stopped.abort());
  return stopped.signal;
}
