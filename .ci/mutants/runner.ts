import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { collect, collected } from './collected.ts';

/**
 * Runs the tests of a file again and again in one process, once for each change that Stryker makes to it: a process for
 * each change takes ten times as long. Only for a change to what a module computes while it is loaded, the sources and
 * tests are loaded again.
 */

/** What Stryker shares with the changed source; it is the contract of its instrumented code. */
interface Shared {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  mutantCoverage?: unknown;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
}

interface Options {
  readonly collected: { readonly testFiles: readonly string[] };
}

interface MutantRun {
  readonly activeMutant: { readonly id: string };
  /** The tests that reach the changed line; undefined: all. */
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
  /** Whether the change may have its effect while a module is loaded. */
  readonly reloadEnvironment: boolean;
}

const shared: Shared = {};
Reflect.set(globalThis, '__stryker__', shared);

// A change shows in a few inputs, or in none; and nobody reads the smallest one.
fc.configureGlobal({ numRuns: 25, endOnFailure: true });

/** Counts how often the sources and tests were loaded: each time under other URLs, so that they are loaded anew. */
let loads = 0;

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'node:test')
      return { url: new URL('collected.ts', import.meta.url).href, shortCircuit: true };
    const found = next(specifier, context);
    const isOurs = found.url.startsWith('file:') && !found.url.includes('/node_modules/');
    return isOurs ? { ...found, url: `${found.url}?load=${loads}` } : found;
  },
});

function createRunner({ collected: { testFiles } }: Options) {
  async function load(isAnew: boolean) {
    if (loads > 0 && !isAnew) return;
    loads += 1;
    collected.length = 0;
    for (const file of testFiles) await collect(() => import(pathToFileURL(resolve(file)).href));
  }

  return {
    capabilities: () => ({ reloadEnvironment: true }),

    async dryRun() {
      await load(false);
      const tests = [];
      for (const { name, run } of collected) {
        shared.currentTestId = name;
        const began = performance.now();
        const failure = await failureOf(run);
        const timeSpentMs = Math.round(performance.now() - began);
        const about = { id: name, name, timeSpentMs };
        tests.push(
          failure === undefined ? { ...about, status: 0 } : { ...about, status: 1, failureMessage: failure },
        );
      }
      shared.currentTestId = undefined;
      return { status: 'complete', tests, mutantCoverage: shared.mutantCoverage };
    },

    async mutantRun({ activeMutant, testFilter, hitLimit, reloadEnvironment }: MutantRun) {
      Object.assign(shared, { activeMutant: activeMutant.id, hitCount: hitLimit && 0, hitLimit });
      let ran = 0;
      try {
        await load(reloadEnvironment);
      } catch (error) {
        return { status: 'killed', killedBy: ['load'], failureMessage: String(error), nrOfTests: 1 };
      }
      for (const { name, run } of collected) {
        if (testFilter && !testFilter.includes(name)) continue;
        ran += 1;
        const failureMessage = await failureOf(run);
        if (failureMessage !== undefined)
          return { status: 'killed', killedBy: [name], failureMessage, nrOfTests: ran };
      }
      return { status: 'survived', nrOfTests: ran };
    },
  };
}

async function failureOf(run: () => Promise<void>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const strykerPlugins = [
  { kind: 'TestRunner', name: 'collected', factory: Object.assign(createRunner, { inject: ['options'] }) },
];
