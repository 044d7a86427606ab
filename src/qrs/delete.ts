import { RemoteError } from '../base/errors.ts';
import { retry } from '../base/retry.ts';
import type { Qrs } from './connection.ts';

interface Deletion {
  path: string;
  attempt: string;
  hints?: Readonly<Record<number, string>>;
}

/** Deletes an entity. Success if it is gone already. */
export async function deleteEntity(qrs: Qrs, deletion: Deletion): Promise<void> {
  const once = async () => {
    try {
      await qrs.send({ method: 'DELETE', ...deletion });
    } catch (error) {
      if (!(error instanceof RemoteError && error.status === 404)) throw error;
    }
  };
  await retry(qrs, () => true, once);
}
