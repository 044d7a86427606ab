import { RemoteError, StoppedError } from '../../base/errors.ts';

/** A site that is starting, or a user with too many sessions, may be asked again after a while. */
const LAPSE = 60_000;

/** A password that has been sent and was not accepted. It is not sent again by this run: accounts get locked. */
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
          // Whoever began may have been stopped: the next one who waits begins anew.
          if (mine || signal.aborted || !(error instanceof StoppedError)) throw error;
        }
      }
    },
  };
}
