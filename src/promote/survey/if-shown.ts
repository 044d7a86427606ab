import { RemoteError } from '../../base/errors.ts';

/** Reads names for a suggestion; a site that does not show them is no failure. */
export async function ifShown<T>(names: Promise<T[]>): Promise<T[]> {
  try {
    return await names;
  } catch (error) {
    if (error instanceof RemoteError) return [];
    throw error;
  }
}
