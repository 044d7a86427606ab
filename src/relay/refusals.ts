/** What GitHub refuses although the change is right: the credential, or what it may do in a repository. */
export interface Refusals {
  /** Remembers a refusal; returns until when it is not tried again, ms since the epoch. */
  add(fault: 'credential' | 'repository', repository: string, now: number): number;
  /** Whose pause is over: each once. */
  over(now: number): ('credential' | 'repository')[];
  /** Repositories that are not called now, in lower case. */
  repositories(): string[];
  /** When the next pause ends. */
  earliest(): number;
  /** It takes dispatches again. */
  clear(repository: string): void;
}

/** Pauses between tries, ms: somebody has to mend it first. */
const PAUSES = [60_000, 300_000, 900_000, 3_600_000];

interface Refusal {
  fault: 'credential' | 'repository';
  until: number;
  times: number;
  waiting: boolean;
}

export function createRefusals(): Refusals {
  // A credential is refused everywhere, so it has a key that is no repository.
  const keyOf = (fault: Refusal['fault'], repository: string) =>
    fault === 'credential' ? '' : repository.toLowerCase();
  const refusals = new Map<string, Refusal>();
  const waiting = () => [...refusals].filter(([, refusal]) => refusal.waiting);
  return {
    add: (fault, repository, now) => {
      const key = keyOf(fault, repository);
      const times = (refusals.get(key)?.times ?? 0) + 1;
      const until = now + (PAUSES[Math.min(times, PAUSES.length) - 1] ?? 0);
      refusals.set(key, { fault, until, times, waiting: true });
      return until;
    },
    over: now => {
      const ended = waiting().filter(([, { until }]) => until <= now);
      for (const [, refusal] of ended) refusal.waiting = false;
      return [...new Set(ended.map(([, { fault }]) => fault))];
    },
    repositories: () => waiting().flatMap(([key, { fault }]) => (fault === 'repository' ? [key] : [])),
    earliest: () => Math.min(...waiting().map(([, { until }]) => until)),
    clear: repository => {
      refusals.delete('');
      refusals.delete(repository.toLowerCase());
    },
  };
}
