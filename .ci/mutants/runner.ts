import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { collect, collected } from './collected.ts';

/**
 * Runs the tests of a file again and again in one process, once for each change that Stryker makes to it: a process for
 * each would load the same sources a hundred times. Only a change to what a module computes while it is loaded gets a
 * process of its own, from Stryker.
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
}

const shared: Shared = {};
Reflect.set(globalThis, '__stryker__', shared);

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'node:test'
      ? { url: new URL('collected.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});

function createRunner({ collected: { testFiles } }: Options) {
  let isLoaded = false;

  async function load() {
    if (isLoaded) return;
    isLoaded = true;
    for (const file of testFiles) await collect(() => import(pathToFileURL(resolve(file)).href));
  }

  return {
    capabilities: () => ({ reloadEnvironment: false }),

    async dryRun() {
      await load();
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

    async mutantRun({ activeMutant, testFilter, hitLimit }: MutantRun) {
      Object.assign(shared, { activeMutant: activeMutant.id, hitCount: hitLimit && 0, hitLimit });
      let ran = 0;
      try {
        await load();
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
