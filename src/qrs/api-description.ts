import * as z from 'zod';
import { RemoteError } from '../base/errors.ts';
import type { Qrs } from './connection.ts';

/**
 * Whether the site lists this path of its API (docs/qrs.md 1); undefined where it refuses the list, or lists it in
 * another form: then the path of an upload is missing as well.
 */
export async function listsPath(qrs: Qrs, path: string): Promise<boolean | undefined> {
  try {
    const lines = await qrs.json(z.array(z.string()), {
      method: 'GET',
      path: '/qrs/about/api/description',
      attempt: 'list the calls that it knows',
    });
    const paths = new Set(lines.map(line => /\/qrs\/([^?\s]*)/i.exec(line)?.[1]?.toLowerCase()));
    return paths.has('app/upload') ? paths.has(path) : undefined;
  } catch (error) {
    if (error instanceof RemoteError && error.status !== undefined) return undefined;
    throw error;
  }
}
