import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Fixes the size of V8's young generation for the whole process. An entry calls this first. The bytes of a transfer, or
 * of a burst of calls, arrive in small buffers that live until the next collection. V8 would let the young generation
 * grow meanwhile, and memory would grow with the size of the file or the burst.
 */
export function holdYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Collects garbage early instead of letting the heap grow, for a service that shares its machine: a burst of a hundred
 * thousand calls then takes 150 MiB in all instead of 200. At each full collection V8 decides how far the heap may grow
 * until the next one, and it starts the first one at 64 MiB. So this forces the first one now.
 */
export function keepHeapSmall(): void {
  holdYoungGeneration();
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
}
