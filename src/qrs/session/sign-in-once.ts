import { RemoteError, StoppedError } from '../../base/errors.ts';

/** How long to wait before another sign-in: a site may be starting, or the user may have too many sessions. */
const LAPSE = 60_000;

/** The site rejected a password. This run does not send it again, because accounts get locked. */
export class SpentError extends RemoteError {}

/** Signs in once for all callers that wait for it, until the session ends. */
export function sharedEntry(now: () => number, open: (signal: AbortSignal) => Promise<void>) {
  let isOpen = false;
  let opening: Promise<void> | undefined;
  let refused: { error: RemoteError; until: number } | undefined;

  const begin = async (signal: AbortSignal) => {
    try {
      await open(signal);
      isOpen = true;
    } catch (error) {
      if (error instanceof SpentError) refused = { error, until: Number.POSITIVE_INFINITY };
      else if (error instanceof RemoteError && error.final) refused = { error, until: now() + LAPSE };
      throw error;
    } finally {
      opening = undefined;
    }
  };
  return {
    isOpen: () => isOpen,
    end: () => {
      isOpen = false;
    },
    async enter(signal: AbortSignal): Promise<void> {
      while (!isOpen) {
        if (refused && now() < refused.until) throw refused.error;
        refused = undefined;
        const mine = opening === undefined;
        opening ??= begin(signal);
        try {
          await opening;
        } catch (error) {
          // The caller that began may have been stopped: the next one begins anew.
          if (mine || signal.aborted || !(error instanceof StoppedError)) throw error;
        }
      }
    },
  };
}
