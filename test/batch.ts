import { AsyncResource } from 'node:async_hooks';
import { describe } from 'node:test';
import { pathToFileURL } from 'node:url';

/**
 * Runs many test files in this one process: node test/batch.ts FILE… Each file is a suite, so that its hooks are for its
 * own tests. One file is loaded after the other: of two that wait for the same module, the tests of both would count
 * to the suite of the first.
 */
let earlier: Promise<unknown> = Promise.resolve();
for (const file of process.argv.slice(2)) {
  describe(file, async () => {
    earlier = earlier.then(AsyncResource.bind(() => import(pathToFileURL(file).href)));
    await earlier;
  });
}
