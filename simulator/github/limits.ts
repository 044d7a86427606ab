import { No } from './answers.ts';
import type { Hub } from './hub.ts';

const hour = 3_600_000;
const page = 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api';
const help = 'If you reach out to GitHub Support for help, please include the request ID and timestamp';

interface Use {
  start: number;
  used: number;
  lastWrite: number;
  writesUnderWay: number;
  pausedUntil: number;
}

/** The hourly limit, and the limit of writes that follow too closely (switches `perHour` and `apart`). */
export function createLimits({ switches, clock }: Hub) {
  const uses = new Map<string, Use>();

  function useOf(account: string): Use {
    const now = clock.now();
    const never = Number.NEGATIVE_INFINITY;
    const use = uses.get(account) ?? {
      start: now,
      used: 0,
      lastWrite: never,
      writesUnderWay: 0,
      pausedUntil: never,
    };
    uses.set(account, use);
    if (now >= use.start + hour) Object.assign(use, { start: now, used: 0 });
    return use;
  }

  const most = (account: string) =>
    account === '127.0.0.1' ? Math.min(60, switches.perHour) : switches.perHour;

  function state(account: string) {
    const { used, start } = useOf(account);
    const limit = most(account);
    const reset = Math.ceil((start + hour) / 1000);
    return { limit, used, remaining: Math.max(0, limit - used), reset };
  }

  function tooClose(use: Use): boolean {
    return use.writesUnderWay > 0 || clock.now() - use.lastWrite < switches.apart;
  }

  function secondary(use: Use): No {
    const now = clock.now();
    use.pausedUntil = Math.max(use.pausedUntil, now + switches.pause * 1000);
    const seconds = Math.ceil((use.pausedUntil - now) / 1000);
    return new No(
      switches.limitStatus,
      `You have exceeded a secondary rate limit. Please wait a few minutes before you try again. ${help}.`,
      {
        headers: switches.retryAfter ? { 'Retry-After': String(seconds) } : {},
        documentation: `${page}#about-secondary-rate-limits`,
      },
    );
  }

  return {
    state,

    headers(account: string): Record<string, string> {
      if (switches.perHour === 0) return {};
      const { limit, used, remaining, reset } = state(account);
      return {
        'X-RateLimit-Limit': String(limit),
        'X-RateLimit-Remaining': String(remaining),
        'X-RateLimit-Used': String(used),
        'X-RateLimit-Reset': String(reset),
        'X-RateLimit-Resource': 'core',
      };
    },

    /** Counts a request; false if it exceeds the limit. */
    count(account: string): boolean {
      const use = useOf(account);
      if (switches.perHour > 0 && use.used >= most(account)) return false;
      use.used += 1;
      return true;
    },

    exceeded: (account: string) =>
      new No(switches.limitStatus, `API rate limit exceeded for ${account}. ${help}.`, {
        documentation: page,
      }),

    /** Lets a write begin, or throws GitHub's error. Call the function returned when the write is over. */
    write(account: string): () => void {
      if (switches.apart === 0) return () => {};
      const use = useOf(account);
      if (clock.now() < use.pausedUntil || tooClose(use)) throw secondary(use);
      use.lastWrite = clock.now();
      use.writesUnderWay += 1;
      return () => {
        use.writesUnderWay -= 1;
      };
    },
  };
}

export type Limits = ReturnType<typeof createLimits>;
