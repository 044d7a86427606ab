/**
 * A read that callers share: who asks while it is under way gets the same answer. An answer shows the other end as it
 * was at some moment of the call, so a caller that joins gets none that is older on arrival than one of its own may be.
 */
export function sharedRead<T>(read: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  return () => {
    current ??= read().finally(() => {
      current = undefined;
    });
    return current;
  };
}
