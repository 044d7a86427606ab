import { randomUUID } from 'node:crypto';
import type { VirtualProxy } from './settings.ts';

export interface Session {
  readonly id: string;
  readonly user: string;
  readonly proxy: VirtualProxy;
  /** The value of `qlik-csrf-token`. */
  readonly token: string;
  usedAt: number;
}

/** The product fixes this limit; there is no setting for it (docs/qrs.md 2.2). */
const MOST = 5;

export function createSessions(now: () => number) {
  const open = new Map<string, Session>();
  const counted = { made: 0, refused: 0, left: 0 };
  const isOpen = ({ proxy, usedAt }: Session) => now() - usedAt < (proxy.idleMinutes ?? 30) * 60_000;

  return {
    counted,
    /** The session of a cookie. Each use prolongs it. */
    find(id: string | undefined, proxy: VirtualProxy): Session | undefined {
      const session = open.get(id ?? '');
      if (session?.proxy !== proxy || !isOpen(session)) return undefined;
      session.usedAt = now();
      return session;
    },
    /** A new session; undefined if the user has too many. */
    make(user: string, proxy: VirtualProxy): Session | undefined {
      const own = [...open.values()].filter(session => session.user === user && isOpen(session));
      if (own.length >= MOST) {
        counted.refused += 1;
        return undefined;
      }
      const session = { id: randomUUID(), user, proxy, token: randomUUID(), usedAt: now() };
      open.set(session.id, session);
      counted.made += 1;
      return session;
    },
    /** Ends one session, at its user's request. */
    leave({ id }: Session) {
      open.delete(id);
      counted.left += 1;
    },
    end() {
      open.clear();
    },
  };
}

export type Sessions = ReturnType<typeof createSessions>;
