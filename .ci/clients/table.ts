/** One thing that a client did, and what came of it. `wrong` is empty where that was expected. */
export interface Row {
  readonly what: string;
  readonly expected: string;
  readonly wrong: string;
}

/** The rows of one client; each piece of work may use what earlier ones have found. */
export function createRows() {
  const rows: Row[] = [];
  async function outcome(work: () => Promise<unknown>): Promise<string | undefined> {
    try {
      await work();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message || error.name : JSON.stringify(error);
    }
  }

  return {
    rows,
    async passes(what: string, work: () => Promise<unknown>) {
      const failure = await outcome(work);
      rows.push({ what, expected: 'passes', wrong: failure ?? '' });
    },
    /** `fact` is the section of docs/qrs.md that says so. */
    async refused(what: string, answer: RegExp, fact: string, work: () => Promise<unknown>) {
      const failure = await outcome(work);
      const wrong = failure === undefined ? 'it passed' : answer.test(failure) ? '' : failure;
      rows.push({ what, expected: `${answer.source} (${fact})`, wrong });
    },
  };
}

export type Rows = ReturnType<typeof createRows>;

/** What is looked for, as soon as it is there. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let left = 200; left > 0; left -= 1) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  throw new Error('it did not happen');
}
