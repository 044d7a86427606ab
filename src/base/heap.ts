import { setFlagsFromString } from 'node:v8';

/**
 * Holds V8's young generation at the size that it has, for the whole process: an entry does that first. The bytes of
 * a transfer, or of a burst of calls, come in small buffers that live until it is collected; V8 would let it grow as
 * that goes on, so that memory grew with the file or the burst.
 */
export function holdYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
