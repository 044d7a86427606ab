import type { Case } from './cases.ts';

/** What one case came to, as it goes from one process to another. */
export interface Tried {
  readonly id: string;
  readonly title: string;
  /** Empty: all promises were kept. */
  readonly faults: readonly string[];
  readonly told: string;
}

/** Runs a case. A schedule that does not come to its end is a fault of its own. */
export async function tried({ id, title, run }: Case): Promise<Tried> {
  try {
    const { faults, told } = await run();
    return { id, title, faults, told };
  } catch (cause) {
    return {
      id,
      title,
      faults: [cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)],
      told: '',
    };
  }
}
