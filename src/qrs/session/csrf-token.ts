import { unlessAborted } from '../../base/deadline.ts';

export const TOKEN_HEADER = 'qlik-csrf-token';

/** The token of a session, fetched once for all who want it. */
export function sharedToken(get: (signal: AbortSignal) => Promise<string | undefined>) {
  let token: string | undefined;
  let fetching: Promise<void> | undefined;

  const begin = () => {
    // No caller's signal ends the request, as other callers may wait for it too. If it fails, the caller shows the refusal.
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
        // Perhaps it hangs: the next one asks anew.
        fetching = undefined;
        throw error;
      }
    },
    /** It belongs to its session. */
    forget() {
      token = undefined;
      fetching = undefined;
    },
  };
}
