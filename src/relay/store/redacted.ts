import type { Store } from './store.ts';

/** The same store, which keeps no secret that somebody put into his reasons: a proxy may show what it was sent. */
export function withoutSecrets(store: Store, redact: (text: string) => string = text => text): Store {
  return {
    ...store,
    postpone: (delivery, due, reason) => store.postpone(delivery, due, redact(reason)),
    refuse: (delivery, reason, seen, now) => store.refuse(delivery, redact(reason), seen, now),
    settle: (id, outcome, now) =>
      store.settle(id, 'reason' in outcome ? { ...outcome, reason: redact(outcome.reason) } : outcome, now),
  };
}
