import asyncHooks, { AsyncResource } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

/**
 * Runs many test files in this one process: node test/batch.ts FILE… Each file is a suite, so that its hooks are for its
 * own tests. One file is loaded after the other: of two that wait for the same module, the tests of both would count
 * to the suite of the first.
 */
/** Of Linux, in a second. */
const TICKS = 100;

const runner = await loadRunner();

let earlier: Promise<unknown> = Promise.resolve();
const files = process.argv.slice(2);
for (const file of files) {
  runner.describe(file, async () => {
    let before = 0;
    runner.before(() => {
      before = processorTime();
    });
    runner.after(() => {
      process.stdout.write(`ℹ processor time of ${file}: ${(processorTime() - before).toFixed(2)} s\n`);
    });
    earlier = earlier.then(AsyncResource.bind(() => import(pathToFileURL(file).href)));
    await earlier;
    if (file === files.at(-1)) runner.untrack();
  });
}

/**
 * Loads node:test, and a function that ends its tracking of asynchronous work. Node's runner follows every promise of
 * the process, to know by which file a test is declared and which test an uncaught error belongs to. That takes a fifth
 * of the time of the tests, and all are declared once the last file is loaded. From then on an uncaught error still fails
 * the batch, but the runner does not know its test: it is printed at the end.
 */
async function loadRunner() {
  const { createHook } = asyncHooks;
  const hooks: asyncHooks.AsyncHook[] = [];
  asyncHooks.createHook = callbacks => {
    const hook = createHook(callbacks);
    hooks.push(hook);
    return hook;
  };
  const { after, before, describe } = await import('node:test');
  asyncHooks.createHook = createHook;
  return { after, before, describe, untrack: () => untrack(hooks) };
}

/** Of this process, and where the system says so of those that it started and that have ended; s. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + ticksOfChildren() / TICKS;
}

function ticksOfChildren(): number {
  if (process.platform !== 'linux') return 0;
  // proc(5): cutime and cstime are the 16th and 17th fields; the 2nd one ends with a bracket.
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[13]) + Number(fields[14]);
}

function untrack(hooks: readonly asyncHooks.AsyncHook[]): void {
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, error =>
      process.once('exit', () => process.stderr.write(`Uncaught: ${inspect(error)}\n`)),
    );
  }
  for (const hook of hooks) hook.disable();
}
