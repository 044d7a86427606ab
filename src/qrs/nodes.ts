import * as z from 'zod';
import { RemoteError } from '../base/errors.ts';
import type { Qrs } from './connection.ts';
import { or } from './shape.ts';

const nodeSchema = z.looseObject({ id: z.string(), hostName: z.string(), isCentral: or(z.boolean(), false) });
export type Node = z.infer<typeof nodeSchema>;

/** The site's central node (docs/qrs.md 4.9); undefined where the user may not read it. */
export async function centralNode(qrs: Qrs): Promise<Node | undefined> {
  const path = '/qrs/servernodeconfiguration/full';
  try {
    const { found } = await qrs.list(nodeSchema, { method: 'GET', path, attempt: 'read the nodes' });
    return found.find(({ isCentral }) => isCentral);
  } catch (error) {
    if (error instanceof RemoteError) return undefined;
    throw error;
  }
}
