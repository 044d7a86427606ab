/**
 * Stands in for node:test while mutants run: it collects the tests that a file declares, so that the runner can run each
 * of them again and again in one process.
 */

type Work = () => unknown;
type Declared = readonly [name: string, ...rest: ({ skip?: unknown } | Work)[]];

interface Hooks {
  readonly beforeEach: Work[];
  readonly afterEach: Work[];
}

interface Collected {
  readonly name: string;
  run(): Promise<void>;
}

export const collected: Collected[] = [];
const afterAll: Work[] = [];
let hooks: Hooks = { beforeEach: [], afterEach: [] };

/** Loads a file; its hooks are for its own tests. */
export async function collect(load: () => Promise<unknown>): Promise<void> {
  hooks = { beforeEach: [], afterEach: [] };
  await load();
}

export function test(...[name, ...rest]: Declared): void {
  const own = hooks;
  const work = rest.find(one => typeof one === 'function');
  const isSkipped = rest.some(one => typeof one === 'object' && one.skip !== undefined && one.skip !== false);
  if (!work || isSkipped) return;
  const run = async () => {
    for (const before of own.beforeEach) await before();
    try {
      await work();
    } finally {
      for (const after of own.afterEach) await after();
    }
  };
  collected.push({ name: `${collected.length + 1} ${name}`, run });
}

export function describe(...[, ...rest]: Declared): void {
  rest.find(one => typeof one === 'function')?.();
}

export const beforeEach = (work: Work) => void hooks.beforeEach.push(work);
export const afterEach = (work: Work) => void hooks.afterEach.push(work);
/** A process of mutants is ended as a whole, so nothing waits for these. */
export const after = (work: Work) => void afterAll.push(work);
