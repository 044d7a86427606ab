import { unlessAborted } from '../../base/deadline.ts';

export const TOKEN_HEADER = 'qlik-csrf-token';

/** The CSRF token of a session, fetched once for all callers. */
export function sharedToken(get: (signal: AbortSignal) => Promise<string | undefined>) {
  let token: string | undefined;
  let fetching: Promise<void> | undefined;

  const begin = () => {
    // No caller's signal ends the request, because others may wait for it too. If it fails, the caller shows its refusal.
    const mine: Promise<void> = get(new AbortController().signal).then(
      found => {
        if (mine === fetching) token = found;
      },
      () => {
        if (mine === fetching) fetching = undefined;
      },
    );
    return mine;
  };
  return {
    value: () => token,
    header: (): Readonly<Record<string, string>> => (token === undefined ? {} : { [TOKEN_HEADER]: token }),
    async fetch(signal: AbortSignal): Promise<void> {
      fetching ??= begin();
      try {
        await unlessAborted(fetching, signal);
      } catch (error) {
        // The request may hang, so the next caller makes a new one.
        fetching = undefined;
        throw error;
      }
    },
    /** Forgets the token, which belongs to its session. */
    forget() {
      token = undefined;
      fetching = undefined;
    },
  };
}
