import { describe } from 'node:test';
import { pathToFileURL } from 'node:url';

/**
 * Runs many test files in this one process: node test/batch.ts FILE… Each file is a suite, so that its hooks are for its
 * own tests.
 */
for (const file of process.argv.slice(2)) {
  describe(file, async () => {
    await import(pathToFileURL(file).href);
  });
}
