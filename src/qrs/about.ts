import * as z from 'zod';
import type { Qrs } from './connection.ts';
import { maybe } from './shape.ts';

const aboutSchema = z.looseObject({ buildVersion: maybe(z.string()) });

/** Asks the site for its version (docs/qrs.md 1); throws RemoteError when it does not answer. */
export function readAbout(qrs: Qrs): Promise<z.infer<typeof aboutSchema>> {
  return qrs.json(aboutSchema, { method: 'GET', path: '/qrs/about', attempt: 'say what it is' });
}
