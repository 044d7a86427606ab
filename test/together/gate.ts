import type { Visit } from '../../simulator/wire/serve-request.ts';

/** One of two runs, as the sites see it: by the host name that it calls. */
export interface Actor {
  readonly host: string;
  /** Its requests so far, to all sites. */
  seen: string[];
  /** Requests beyond this many wait; people act before one of them. */
  limit: number;
  readonly held: (() => void)[];
  /** Runs that it has begun. */
  runs: number;
  /** Called before the work of each request, with its number from 1 on. */
  before: (number: number) => void;
}

export function createActor(host: string): Actor {
  return { host, seen: [], limit: Number.POSITIVE_INFINITY, held: [], runs: 1, before: () => {} };
}

/** Lets requests through, holds them back, and knows which of them the sites are at work on. */
export function createGate(actors: readonly Actor[]) {
  const visits = new Set<Visit>();

  return {
    async pass(visit: Visit, site: string) {
      const actor = actors.find(({ host }) => visit.host.startsWith(`${host}:`));
      if (!actor) return;
      if (actor.seen.length >= actor.limit) await new Promise<void>(go => actor.held.push(go));
      actor.seen.push(`${site} ${visit.method} ${visit.path}`);
      visits.add(visit);
      actor.before(actor.seen.length);
    },
    /** Whether a request is under way that nobody holds. */
    isBusy(): boolean {
      for (const visit of visits) if (!visit.open) visits.delete(visit);
      return visits.size > 0;
    },
  };
}

/** From now on until so many requests have been made in all. */
export function letRun(actor: Actor, limit: number) {
  actor.limit = limit;
  for (const go of actor.held.splice(0, Math.max(0, limit - actor.seen.length))) go();
}
