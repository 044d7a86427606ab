import type { Qrs } from './connection.ts';

/** Asks the site for a sign of life (docs/qrs.md 1); throws RemoteError when there is none. */
export function readAbout(qrs: Qrs): Promise<void> {
  return qrs.send({ method: 'GET', path: '/qrs/about', attempt: 'say what it is' });
}
